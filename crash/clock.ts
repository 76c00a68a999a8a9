/** Lets a process's clock jump, by standing in for the global `Date`. Timers keep to the real time, as they do after a real jump. */

const Real = Date;
let offsetMs = 0;

globalThis.Date = new Proxy(Real, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [Real.now() + offsetMs] : args, newTarget),
  get: (target, key) => (key === "now" ? () => Real.now() + offsetMs : Reflect.get(target, key)),
});

/** From now on the clock shows the real time plus this many ms. */
export const setClock = (ms: number): void => {
  offsetMs = ms;
};
