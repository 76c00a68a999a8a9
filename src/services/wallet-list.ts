/** Lists a user's wallets and their balances. */

import { parseToken } from "../contract/parse.ts";
import type { Address, Wallet } from "../engine/ports.ts";
import { CTOError, isCTOError, isUnknown } from "../errors/index.ts";
import type { ChainPorts } from "../runtime/chain-ports.ts";
import { openClusterClient } from "../runtime/cluster-client.ts";
import type { CTOContext } from "../runtime/context.ts";

export type WalletBalance = {
  readonly lamports: bigint;
  /** Token base units; null if no token was requested. */
  readonly tokens: bigint | null;
};
type Balances = ReadonlyMap<Address, WalletBalance>;

/** @throws `CTO_E_USER_UNKNOWN` */
export async function listWallets(
  { journal }: Pick<CTOContext, "journal">,
  userId: string,
): Promise<Wallet[]> {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  return journal.listWallets(userId);
}

/** Returns null if the cluster is unavailable: the list is also useful without balances. */
const unlessAway = async (balances: Promise<Balances>): Promise<Balances | null> => {
  try {
    return await balances;
  } catch (error) {
    if (isUnknown(error) || isCTOError(error, "CTO_E_CONFIG_NO_CLUSTER")) return null;
    throw error;
  }
};

/** Returns balances in lamports; null if no cluster answers. */
export const readBalances = (
  { config }: Pick<CTOContext, "config">,
  wallets: readonly Wallet[],
): Promise<Balances | null> =>
  unlessAway(
    openClusterClient(config)
      .then((client) => client.balances(wallets.map(({ address }) => address)))
      .then(
        (found) => new Map([...found].map(([address, lamports]) => [address, { lamports, tokens: null }])),
      ),
  );

/**
 * Returns balances in lamports and in base units of a token; null if no cluster answers.
 *
 * @throws `CTO_E_TOKEN_ADDRESS_INVALID`, `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`
 */
export async function readTokenBalances(
  ports: () => Promise<Pick<ChainPorts, "venues">>,
  wallets: readonly Wallet[],
  tokenAddress: string,
): Promise<Balances | null> {
  const mint = parseToken(tokenAddress);
  return unlessAway(
    ports()
      .then(({ venues }) =>
        venues.survey(
          mint,
          wallets.map(({ address }) => address),
        ),
      )
      .then(
        ({ owners }) =>
          new Map(
            [...owners].map(([owner, { lamports, tokens }]) => [owner, { lamports, tokens: tokens ?? 0n }]),
          ),
      ),
  );
}
