/** At which commitment this cluster is read: where what is confirmed is final, `finalized`; elsewhere `confirmed`. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Consensus, landedAt, type Settled } from "../engine/ports.ts";

export type CommitmentReader = () => Promise<Settled>;

/** No read waits longer than this for the consensus, ms: until it is known it counts as Tower, and `confirmed` is right anywhere. */
const PATIENCE_MS = 1_000;

export const createCommitmentReader =
  (consensus: () => Promise<Consensus>): CommitmentReader =>
  async () => {
    const over = new AbortController();
    const unknown = sleep(PATIENCE_MS, "tower" as const, { ref: false, signal: over.signal });
    unknown.catch(() => undefined); // Ended early.
    try {
      return landedAt(await Promise.race([consensus(), unknown]));
    } finally {
      over.abort();
    }
  };
