/** Refuses a 32-byte key whose bytes are a known address. A key of this length has the same form as an address. */
import { getAddressDecoder } from "@solana/kit";
import { CTOError, isCTOError } from "../errors/index.ts";
import { openClusterClient } from "../runtime/cluster-client.ts";
import type { CTOContext } from "../runtime/context.ts";

type Context = Pick<CTOContext, "config" | "journal">;

const isAddress = (seed: Uint8Array): CTOError =>
  new CTOError("CTO_E_WALLET_KEY_IS_ADDRESS", { address: getAddressDecoder().decode(seed) });

/** @throws `CTO_E_WALLET_KEY_IS_ADDRESS` if a wallet of this installation has these bytes as its address */
export async function refuseKnownWallet(
  { journal }: Pick<Context, "journal">,
  seed: Uint8Array,
): Promise<void> {
  if ((await journal.findWallet(getAddressDecoder().decode(seed))) !== null) throw isAddress(seed);
}

/**
 * Searches our wallets, and the chain for an account with a balance. Without a configured cluster, it searches only
 * our wallets.
 *
 * @throws `CTO_E_WALLET_KEY_IS_ADDRESS`; `CTO_E_RPC_UNAVAILABLE` if the cluster does not answer: try again
 */
export async function refuseAddress({ config, journal }: Context, seed: Uint8Array): Promise<void> {
  await refuseKnownWallet({ journal }, seed);
  const client = await openClusterClient(config).catch((error: unknown) => {
    if (isCTOError(error, "CTO_E_CONFIG_NO_CLUSTER")) return null;
    throw error;
  });
  const address = getAddressDecoder().decode(seed);
  const lamports = (await client?.balances([address]))?.get(address) ?? 0n;
  if (lamports > 0n) throw isAddress(seed);
}
