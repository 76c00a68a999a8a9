/**
 * Wraps a worker's ports: it counts every call, and acts at the armed point. The points follow from the ports: each new
 * method of a port adds points before and after its calls.
 *
 * A point is `<port>.<method>:<before|after>#<k>`: the k-th call of the method since the probe was armed.
 */
import { setClock } from "./clock.ts";
import type { Calls, Plan } from "./messages.ts";

type Seen = { count: number; sync: boolean };

export class Probe {
  #calls = new Map<string, Seen>();
  #plan: Plan | null = null;
  #counting = false;
  readonly #hold: () => Promise<void>;

  /** @param hold sends `reached` to the sweep, and resolves when the worker may continue */
  constructor(hold: () => Promise<void>) {
    this.#hold = hold;
  }

  /** Arms the plan and restarts the counts. The first call has number 1. */
  arm(plan: Plan | null): void {
    this.#calls = new Map();
    this.#plan = plan;
    this.#counting = true;
  }

  disarm(): void {
    this.#plan = null;
    this.#counting = false;
  }

  calls(): Calls {
    return Object.fromEntries(this.#calls);
  }

  /**
   * Returns a proxy of the port that counts its calls. Objects with methods that the port returns are wrapped, too.
   *
   * @param kindOf tells calls of one method apart, which then have points of their own; null: they are all alike
   */
  wrap<Port extends object>(
    name: string,
    port: Port,
    kindOf: (method: string, args: readonly unknown[]) => string | null = () => null,
  ): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function" || typeof key !== "string") return value;
        return (...args: unknown[]): unknown => {
          const kind = kindOf(key, args);
          const method = kind === null ? key : `${key}(${kind})`;
          return this.#call(`${name}.${method}`, () => Reflect.apply(value, target, args));
        };
      },
    });
  }

  #call(name: string, make: () => unknown): unknown {
    if (!this.#counting) return this.#watched(name, make());
    const seen = this.#calls.get(name) ?? { count: 0, sync: false };
    this.#calls.set(name, seen);
    seen.count += 1;
    const k = seen.count;
    const held = this.#at(`${name}:before#${k}`);
    const answer = held === undefined ? make() : held.then(make);
    if (!(answer instanceof Promise)) {
      seen.sync = true;
      this.#at(`${name}:after#${k}`);
      return this.#watched(name, answer);
    }
    return answer.then(
      async (value: unknown) => {
        await this.#at(`${name}:after#${k}`);
        return this.#watched(name, value);
      },
      async (error: unknown) => {
        await this.#at(`${name}:after#${k}`);
        throw error;
      },
    );
  }

  /** Wraps a returned object that has methods, such as a market that a venue opened. Returns other values as they are. */
  #watched(name: string, value: unknown): unknown {
    if (value instanceof Promise) return value.then((answer: unknown) => this.#watched(name, answer));
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return value;
    return Object.values(value).some((part) => typeof part === "function") ? this.wrap(name, value) : value;
  }

  #at(point: string): Promise<void> | undefined {
    const plan = this.#plan;
    if (plan === null || plan.point !== point) return undefined;
    this.#plan = null;
    if (plan.action === "kill") process.kill(process.pid, "SIGKILL");
    if (plan.action === "clock") setClock(plan.clockMs);
    return this.#hold();
  }
}
