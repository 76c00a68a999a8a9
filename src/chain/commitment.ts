/** The commitment for reads: `finalized` on a cluster where a confirmed block is final (Alpenglow), otherwise `confirmed`. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Consensus, landedAt, type Settled } from "../engine/ports.ts";

export type CommitmentReader = () => Promise<Settled>;

/** The longest wait of a read for the consensus, ms. After it we assume Tower, because `confirmed` is safe on any cluster. */
const PATIENCE_MS = 1_000;

export const createCommitmentReader =
  (consensus: () => Promise<Consensus>): CommitmentReader =>
  async () => {
    const over = new AbortController();
    const unknown = sleep(PATIENCE_MS, "tower" as const, { ref: false, signal: over.signal });
    unknown.catch(() => undefined); // `finally` aborts it.
    try {
      return landedAt(await Promise.race([consensus(), unknown]));
    } finally {
      over.abort();
    }
  };
