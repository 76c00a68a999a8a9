/** Reads one wallet with its sealed key, or several. */
import type { WalletWithKey } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseSealedKey, parseWallet } from "../documents/user.ts";
import type { Store } from "../store.ts";

export const readSealedKeys = async (
  { wallets }: Store,
  walletIds: readonly string[],
): Promise<Map<string, WalletWithKey>> => {
  const found = await wallets.find({ _id: { $in: [...walletIds] } }).toArray();
  return new Map(found.map((one) => [one._id, { wallet: parseWallet(one), sealedKey: parseSealedKey(one) }]));
};

/** @throws `CTO_E_WALLET_UNKNOWN` */
export const readSealedKey = async (store: Store, walletId: string): Promise<WalletWithKey> => {
  const found = (await readSealedKeys(store, [walletId])).get(walletId);
  if (found === undefined) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
  return found;
};
