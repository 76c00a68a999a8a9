/** Changes a process's clock by replacing the global `Date`. Timers still use the real time, as after a real clock jump. */

const Real = Date;
let offsetMs = 0;

globalThis.Date = new Proxy(Real, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [Real.now() + offsetMs] : args, newTarget),
  get: (target, key) => (key === "now" ? () => Real.now() + offsetMs : Reflect.get(target, key)),
});

/** Sets the clock to the real time plus this many ms. */
export const setClock = (ms: number): void => {
  offsetMs = ms;
};
