/**
 * Reads accounts from several endpoints, each by itself: facts that set prices are not believed of one of them alone (P5).
 * Honest endpoints differ where a market moves between their slots, so where they do, they are asked once more, for a slot that
 * none of them is behind.
 */
import { CLOCK_SYSVAR, type Fetched, type Witness, type WitnessReader } from "../engine/ports.ts";
import { accountBatches, readFrom } from "./accounts.ts";
import type { CommitmentReader } from "./commitment.ts";
import { createNewestSlot } from "./newest-slot.ts";
import type { Rpc } from "./rpc.ts";

/** @param quorum how many distinct endpoints are asked */
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
    const first = await read(null);
    if (isOneAnswer(first)) return first;
    return await read(newestOf(first));
  };
}

const newestOf = (witnesses: readonly Witness[]): bigint => {
  let newest = 0n;
  for (const { slot } of witnesses) if (slot > newest) newest = slot;
  return newest;
};

const isSame = (a: Fetched, b: Fetched): boolean =>
  [...a.accounts].every(([address, one]) => {
    const other = b.accounts.get(address) ?? null;
    // The clock is another one in every slot.
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
