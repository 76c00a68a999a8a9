/**
 * Simulates the queue. It delivers every user's wake-up at least once, sometimes twice, sometimes late. It can lose all
 * wake-ups.
 */
import type { Faults } from "./faults.ts";
import type { Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";

/** Deliveries are numbered from 1. */
const NOBODY = 0;
const DUPLICATE = -1;

export type Handler = {
  /** Takes the user's turn. Resolves to the delay before the next turn, ms, or to null if nothing is left to do. */
  takes(userId: string): Promise<number | null>;
  /** Called after the wake-up was completed or delayed. A request that came during the turn woke no worker. */
  letGo(userId: string): void;
};

type Job = {
  /** Increases with each planned delivery. An older plan is void. */
  plan: number;
  state: "waiting" | "active" | "delayed";
  delivery: number;
  lockedUntil: number;
};
type Consumer = { readonly process: Process; readonly handler: Handler };

export class SimQueue {
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #lockMs: number;
  readonly #jobs = new Map<string, Job>();
  #consumers: Consumer[] = [];
  #turn = 0;
  #deliveries = 0;

  constructor(scheduler: Scheduler, faults: Faults, lockMs: number) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#lockMs = lockMs;
  }

  /** Returns true if the user had no wake-up. Makes a delayed wake-up due at once. */
  wakeUser(userId: string): boolean {
    const before = this.#jobs.get(userId);
    const job = before ?? { plan: 0, state: "waiting", delivery: NOBODY, lockedUntil: 0 };
    this.#jobs.set(userId, job);
    if (before !== undefined && before.state !== "delayed") return false;
    job.state = "waiting";
    this.#later(userId, this.#faults.strikes("delivery delayed") ? 20_000 : 10);
    return before === undefined;
  }

  join(process: Process, handler: Handler): void {
    this.#consumers = [...this.#consumers.filter(({ process: { isDead } }) => !isDead), { process, handler }];
  }

  /** Delivers again the wake-ups whose lock expired, because a worker died or froze. Called every slot. */
  tick(): void {
    if (this.#faults.strikes("queue flushed")) this.#jobs.clear();
    for (const [id, job] of this.#jobs) {
      if (job.state !== "active" || job.lockedUntil > this.#scheduler.now) continue;
      job.state = "waiting";
      this.#later(id, 0);
    }
  }

  #later(id: string, ms: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    job.plan += 1;
    const { plan } = job;
    this.#scheduler.after(ms, () => {
      if (this.#jobs.get(id) !== job || job.plan !== plan || job.state === "active") return;
      job.state = "active";
      this.#deliver(id, job);
    });
  }

  #deliver(id: string, job: Job): void {
    const consumer = this.#nextConsumer();
    job.lockedUntil = this.#scheduler.now + this.#lockMs;
    // If no worker is awake, no earlier delivery may renew the lock.
    job.delivery = NOBODY;
    if (consumer === undefined) return;
    this.#deliveries += 1;
    job.delivery = this.#deliveries;
    void this.#run(id, job, consumer, this.#deliveries);
    if (!this.#faults.strikes("duplicate delivery")) return;
    const ms = this.#faults.shape("duplicate delivery").between(0, 10_000);
    this.#scheduler.after(ms, () => {
      const other = this.#nextConsumer();
      if (other !== undefined) void this.#run(id, job, other, DUPLICATE);
    });
  }

  /** Runs one delivery. The result of a duplicate is ignored, because it does not hold the lock. */
  async #run(id: string, job: Job, { process, handler }: Consumer, delivery: number): Promise<void> {
    this.#renew(job, process, delivery);
    const againMs = await handler.takes(id);
    if (this.#jobs.get(id) !== job || job.delivery !== delivery || job.state !== "active") return;
    if (againMs === null) this.#jobs.delete(id);
    else {
      job.state = "delayed";
      this.#later(id, againMs);
    }
    handler.letGo(id);
  }

  /** Renews the lock of a worker that is alive and awake. */
  #renew(job: Job, process: Process, delivery: number): void {
    if (job.delivery !== delivery || job.state !== "active" || process.isDead) return;
    if (process.isAwake) job.lockedUntil = this.#scheduler.now + this.#lockMs;
    this.#scheduler.after(this.#lockMs / 2, () => this.#renew(job, process, delivery));
  }

  #nextConsumer(): Consumer | undefined {
    const awake = this.#consumers.filter(({ process }) => process.isAwake);
    this.#turn += 1;
    return awake[this.#turn % Math.max(1, awake.length)];
  }
}
