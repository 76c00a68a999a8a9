/** Renews all leases that a worker holds, in one call of the journal for each interval. */
import type { Beats } from "./beats.ts";
import type { Clock, Journal, Lease } from "./ports.ts";

export type LeaseKeeper = {
  /**
   * Renews the lease until the returned function is called.
   *
   * @param onLost called if another worker has taken the lease over
   */
  keep(lease: Lease, onLost: () => void): () => void;
};

/** Creates the keeper of one worker. It renews at its own interval, so a lease's first renewal may come early. */
export function createLeaseKeeper(
  { journal, clock }: { readonly journal: Pick<Journal, "renewLeases">; readonly clock: Clock },
  beats: Pick<Beats, "leaseMs" | "renewMs">,
): LeaseKeeper {
  const held = new Map<Lease, () => void>();
  let stop = new AbortController();
  const renewAll = async (stopped: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(beats.renewMs, stopped);
      if (stopped.aborted) return;
      const leases = [...held.keys()];
      // Not awaited, because a missing answer must not delay the next renewal.
      journal.renewLeases(leases, beats.leaseMs).then(
        (kept) => {
          for (const [at, lease] of leases.entries()) if (!kept[at]) held.get(lease)?.();
        },
        () => undefined, // The journal is unavailable, and without the journal we cannot sign anything.
      );
    }
  };
  return {
    keep(lease, onLost) {
      held.set(lease, onLost);
      if (held.size === 1) {
        stop = new AbortController();
        void renewAll(stop.signal);
      }
      return () => {
        held.delete(lease);
        if (held.size === 0) stop.abort();
      };
    },
  };
}
