/** Reads how far the cluster is. The muster's rules count blocks, not seconds. */
import { BLOCKHASH_BLOCKS } from "../cluster/bounds.ts";
import type { Chain } from "../ports.ts";
import type { Lifetime } from "./muster.ts";

/**
 * Returns the lifetime of the newest blockhash. It may be a few blocks old, because processes cache it (see
 * `chain/blockhash.ts`).
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function readLifetime(
  chain: Pick<Chain, "latestBlockhash">,
  how: { readonly fresh?: boolean } = {},
): Promise<Lifetime> {
  const { blockhash, lastValidBlockHeight, slot } = await chain.latestBlockhash(how);
  const blockHeight = lastValidBlockHeight - BigInt(BLOCKHASH_BLOCKS);
  return { blockhash, blockhashSlot: slot, blockHeight, lastValidBlockHeight };
}

/** More blocks than pass while a process caches a blockhash: four seconds at most. */
const CACHED_BLOCKS = 30n;

/**
 * Returns a height that decides whether something is still in time. Near the last block for it, a cached height is not
 * good enough, and it is read anew.
 *
 * @param last the last block for it; null: there is none
 * @throws as {@link readLifetime} does
 */
export async function readHeight(
  chain: Pick<Chain, "latestBlockhash">,
  last: bigint | null,
): Promise<bigint> {
  const { blockHeight } = await readLifetime(chain);
  const isNear = last !== null && blockHeight <= last && blockHeight + CACHED_BLOCKS > last;
  return isNear ? (await readLifetime(chain, { fresh: true })).blockHeight : blockHeight;
}
