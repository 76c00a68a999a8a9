/**
 * Reads the same accounts separately from several endpoints, because we trust no single endpoint with facts that set
 * prices (P5). Honest endpoints differ if a market moves between their slots. If they differ, we read once more, with the
 * newest of their slots as the minimum for all.
 */
import { type Chain, CLOCK_SYSVAR, type Fetched, type Witness, type WitnessReader } from "../engine/ports.ts";
import { accountBatches, findFrom, readFrom } from "./accounts.ts";
import type { CommitmentReader } from "./commitment.ts";
import { createNewestSlot } from "./newest-slot.ts";
import type { Rpc } from "./rpc.ts";

/** @param quorum the number of distinct endpoints to read */
export function createWitnessReader(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  quorum: number,
  commitmentNow: CommitmentReader,
  size = accountBatches(),
): WitnessReader {
  const newest = createNewestSlot();
  return async (addresses) => {
    const distinct = [...new Set(addresses)];
    const commitment = await commitmentNow();
    const read = (least: bigint | null): Promise<Witness[]> =>
      rpc.onDistinctEndpoints(quorum, async (call, endpoint) => {
        const from = { least: () => least ?? newest.least(), see: newest.see };
        return { ...(await readFrom(call, { newest: from, size, commitment }, distinct)), endpoint };
      });
    return twiceIfDiffering(read);
  };
}

/** Creates the search for a program's accounts. @param quorum the number of distinct endpoints to ask */
export const createAccountFinder =
  (
    rpc: Pick<Rpc, "onDistinctEndpoints">,
    quorum: number,
    commitmentNow: CommitmentReader,
  ): Chain["findAccounts"] =>
  async (program, filters) => {
    const commitment = await commitmentNow();
    return twiceIfDiffering((least) =>
      rpc.onDistinctEndpoints(quorum, async (call, endpoint) => ({
        ...(await findFrom(call, { commitment, least }, program, filters)),
        endpoint,
      })),
    );
  };

const twiceIfDiffering = async <One extends Witness>(
  read: (least: bigint | null) => Promise<One[]>,
): Promise<One[]> => {
  const first = await read(null);
  return isOneAnswer(first) ? first : read(newestOf(first));
};

const newestOf = (witnesses: readonly Witness[]): bigint => {
  let newest = 0n;
  for (const { slot } of witnesses) if (slot > newest) newest = slot;
  return newest;
};

const isSame = (a: Fetched, b: Fetched): boolean =>
  a.accounts.size === b.accounts.size &&
  [...a.accounts].every(([address, one]) => {
    const other = b.accounts.get(address) ?? null;
    // The clock account changes in every slot.
    if (address === CLOCK_SYSVAR || one === other) return true;
    if (one === null || other === null) return false;
    return (
      one.owner === other.owner &&
      one.lamports === other.lamports &&
      Buffer.compare(one.data, other.data) === 0
    );
  });

const isOneAnswer = ([first, ...others]: readonly Witness[]): boolean =>
  first === undefined || others.every((other) => isSame(first, other));
