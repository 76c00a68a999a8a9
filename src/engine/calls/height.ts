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
export async function readLifetime(chain: Pick<Chain, "latestBlockhash">): Promise<Lifetime> {
  const { blockhash, lastValidBlockHeight, slot } = await chain.latestBlockhash();
  const blockHeight = lastValidBlockHeight - BigInt(BLOCKHASH_BLOCKS);
  return { blockhash, blockhashSlot: slot, blockHeight, lastValidBlockHeight };
}
