/** The job queue: delivers every job at least once, sometimes twice, sometimes late, and can forget all of them. */
import { TRIES } from "../src/engine/carry-out.ts";
import type { Faults } from "./faults.ts";
import type { Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";

const BACKOFF_MS = 5_000;

/** Deliveries are numbered from 1. */
const NOBODY = 0;
const DUPLICATE = -1;

export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "later"; readonly ms: number }
  | { readonly kind: "error" };
export type Handler = (id: string, attemptsMade: number) => Promise<Outcome>;

type Job = {
  attempts: number;
  state: "waiting" | "active" | "delayed";
  delivery: number;
  lockedUntil: number;
};
type Consumer = { readonly process: Process; readonly handle: Handler };

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

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  /** Adding a job that is there changes nothing. */
  add(id: string): void {
    if (this.#jobs.has(id)) return;
    this.#jobs.set(id, { attempts: 0, state: "waiting", delivery: NOBODY, lockedUntil: 0 });
    this.#later(id, this.#faults.strikes("delivery delayed") ? 20_000 : 10);
  }

  /** Removes a job that no worker has. */
  remove(id: string): void {
    if (this.#jobs.get(id)?.state !== "active") this.#jobs.delete(id);
  }

  join(process: Process, handle: Handler): void {
    this.#consumers = [...this.#consumers.filter(({ process: { isDead } }) => !isDead), { process, handle }];
  }

  /** Looks after locks: what a dead or frozen worker held is delivered again. Called every second. */
  tick(): void {
    if (this.#faults.strikes("queue flushed")) this.#jobs.clear();
    for (const [id, job] of this.#jobs) {
      if (job.state !== "active" || job.lockedUntil > this.#scheduler.now) continue;
      job.state = "waiting";
      this.#later(id, 0);
    }
  }

  #later(id: string, ms: number): void {
    this.#scheduler.after(ms, () => {
      const job = this.#jobs.get(id);
      if (job === undefined || job.state === "active") return;
      job.state = "active";
      this.#deliver(id, job);
    });
  }

  #deliver(id: string, job: Job): void {
    const consumer = this.#nextConsumer();
    job.lockedUntil = this.#scheduler.now + this.#lockMs;
    // Nobody is there: no earlier delivery may go on holding the lock.
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

  /** A duplicate's outcome counts for nothing: its lock is gone. */
  async #run(id: string, job: Job, { process, handle }: Consumer, delivery: number): Promise<void> {
    this.#renew(job, process, delivery);
    const outcome = await handle(id, job.attempts);
    if (this.#jobs.get(id) !== job || job.delivery !== delivery || job.state !== "active") return;
    if (outcome.kind === "later") {
      job.state = "delayed";
      this.#later(id, outcome.ms);
      return;
    }
    job.attempts += outcome.kind === "error" ? 1 : 0;
    if (outcome.kind === "done" || job.attempts >= TRIES) {
      this.#jobs.delete(id);
      return;
    }
    job.state = "delayed";
    this.#later(id, BACKOFF_MS * 2 ** (job.attempts - 1));
  }

  /** A live, awake worker keeps its lock. */
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
