/** Drives a call under a lease of its own, so that one worker drives it, and another takes over when that one dies. */
import { linkSignal } from "../base/linked-signal.ts";
import type { Beats } from "../engine/beats.ts";
import { createLeaseKeeper } from "../engine/lease-keeper.ts";
import type { Clock, Journal } from "../engine/ports.ts";

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
 * @param drive must stop when its signal aborts: the lease is lost, or the worker shuts down
 */
export async function driveUnderLease(
  { journal, clock, beats, owner, signal }: LeaseOptions,
  callId: string,
  drive: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  const lease = await journal.acquireLease(`call/${callId}`, owner, beats.leaseMs);
  if (lease === null) return;
  const held = linkSignal([signal]);
  const stopRenewing = createLeaseKeeper({ journal, clock }, beats).keep(lease, () =>
    held.abort(new Error("the lease is lost")),
  );
  try {
    await drive(held.signal);
  } finally {
    stopRenewing();
    held.release();
    await journal.releaseLease(lease).catch(() => undefined); // It expires by itself.
  }
}
