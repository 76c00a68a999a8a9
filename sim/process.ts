/**
 * Simulates the operating-system process of one worker. Every call to the outside goes through `call`: there the answer
 * may be late, the process may freeze for longer than its lease, or the process may die.
 */
import type { Address } from "../src/engine/ports.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Trace } from "./trace.ts";

/** The machine of all processes. If it is suspended, all of them sleep. */
export type Machine = { asleepUntil: number };

/** Returns a promise that never settles: a dead process never continues. */
const never = <Value>(): Promise<Value> => new Promise<Value>(() => undefined);

export class Process {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #latency: Random;
  readonly #trace: Trace;
  readonly #machine: Machine;
  readonly #onDeath: () => void;
  #frozenUntil = 0;
  #dead = false;
  /** The time of the last endpoint answer that was missing, wrong or incomplete, virtual ms. */
  troubledAt = Number.NEGATIVE_INFINITY;
  /** The time of the last failed journal call, virtual ms. */
  cutOffAt = Number.NEGATIVE_INFINITY;
  /** How far its clock is ahead, ms. */
  skewMs = 0;
  /** The lowest rent rate that a survey of this process returned. The engine cannot reserve for a rent that rises later. */
  lowestRent: bigint | null = null;
  /** The token accounts that did not exist in the last survey of their wallet. */
  readonly missing = new Set<Address>();

  constructor(
    name: string,
    world: { scheduler: Scheduler; faults: Faults; latency: Random; trace: Trace; machine: Machine },
    onDeath: () => void,
  ) {
    this.name = name;
    this.#scheduler = world.scheduler;
    this.#faults = world.faults;
    this.#latency = world.latency;
    this.#trace = world.trace;
    this.#machine = world.machine;
    this.#onDeath = onDeath;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** True if the process is neither dead nor frozen. */
  get isAwake(): boolean {
    return !this.#dead && this.#scheduler.now >= this.awakeSince;
  }

  /** The end of the last freeze, in the past or future, virtual ms. */
  get awakeSince(): number {
    return Math.max(this.#frozenUntil, this.#machine.asleepUntil);
  }

  /** Calls `effect` for this process, with latency. Faults may freeze or kill the process before or after the call. */
  async call<Value>(point: string, effect: () => Promise<Value>): Promise<Value> {
    await this.#maybeStruck(point, "before");
    await this.sleep(this.#latency.between(0, 15));
    let outcome: () => Value;
    try {
      const value = await effect();
      outcome = () => value;
    } catch (error) {
      outcome = () => {
        throw error;
      };
    }
    await this.#maybeStruck(point, "after");
    await this.sleep(this.#latency.between(0, 5));
    return outcome();
  }

  /** Sleeps for this process: a frozen process wakes late, a dead process never wakes. */
  async sleep(ms: number): Promise<void> {
    await this.#scheduler.sleep(ms);
    while (!this.#dead && this.awakeSince > this.#scheduler.now) {
      await this.#scheduler.sleep(this.awakeSince - this.#scheduler.now);
    }
    if (this.#dead) await never();
  }

  async #maybeStruck(point: string, when: "before" | "after"): Promise<void> {
    if (this.#dead) return never();
    if (this.#faults.strikes(`crash ${when} a call`)) {
      this.#trace.note(this.name, `crashes ${when} ${point}`);
      this.#dead = true;
      this.#onDeath();
      return never();
    }
    if (this.#faults.strikes(`pause ${when} a call`)) {
      await this.#freeze(
        this.#faults.shape(`pause ${when} a call`).between(2_000, 120_000),
        `${when} ${point}`,
      );
    }
    if (point.startsWith("journal.insertAttempt") && when === "before") {
      const kind = "freeze before an insert";
      if (this.#faults.strikes(kind))
        await this.#freeze(this.#faults.shape(kind).between(20_000, 90_000), kind);
    }
    if (point === "rpc.sendTransaction" && when === "after" && this.#faults.strikes("all workers freeze")) {
      const ms = this.#faults.shape("all workers freeze").between(30_000, 130_000);
      this.#trace.note(this.name, `and all others freeze for ${ms} ms`);
      this.#machine.asleepUntil = this.#scheduler.now + ms;
    }
  }

  async #freeze(ms: number, where: string): Promise<void> {
    this.#trace.note(this.name, `freezes ${where} for ${ms} ms`);
    this.#frozenUntil = this.#scheduler.now + ms;
    await this.sleep(0);
  }
}
