/** Works under a lease, so that one worker does the work, and another takes over when that one dies. */
import { linkSignal } from "../base/linked-signal.ts";
import type { Beats } from "./beats.ts";
import { createLeaseKeeper } from "./lease-keeper.ts";
import type { Clock, Journal } from "./ports.ts";

export type LeaseOptions = {
  readonly journal: Pick<Journal, "acquireLease" | "renewLeases" | "releaseLease">;
  readonly clock: Clock;
  readonly beats: Pick<Beats, "leaseMs" | "renewMs">;
  /** Names this worker and its turn. */
  readonly owner: string;
  /** Aborted when the worker shuts down. */
  readonly signal: AbortSignal;
};

/**
 * Does nothing if another worker has the lease.
 *
 * @param subject what the lease is for, such as `call/<id>`
 * @param work must stop when its signal aborts: the lease is lost, or the worker shuts down
 */
export async function workUnderLease(
  { journal, clock, beats, owner, signal }: LeaseOptions,
  subject: string,
  work: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  const lease = await journal.acquireLease(subject, owner, beats.leaseMs);
  if (lease === null) return;
  const held = linkSignal([signal]);
  const stopRenewing = createLeaseKeeper({ journal, clock }, beats).keep(lease, () =>
    held.abort(new Error("the lease is lost")),
  );
  try {
    await work(held.signal);
  } finally {
    stopRenewing();
    held.release();
    await journal.releaseLease(lease).catch(() => undefined); // It expires by itself.
  }
}
