/** The commitment for reads: `finalized` on a cluster where a confirmed block is final (Alpenglow), otherwise `confirmed`. */
import { type Consensus, landedAt, type Settled } from "../engine/ports.ts";

export type CommitmentReader = () => Promise<Settled>;

/** @param consensus counts as Tower while it is unknown, because `confirmed` is safe on any cluster */
export const createCommitmentReader =
  (consensus: () => Promise<Consensus>): CommitmentReader =>
  async () =>
    landedAt(await consensus());
