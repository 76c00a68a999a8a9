/** Reads one wallet with its sealed key. */
import type { WalletWithKey } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseSealedKey, parseWallet } from "../documents/user.ts";
import type { Store } from "../store.ts";

/** @throws `CTO_E_WALLET_UNKNOWN` */
export const readSealedKey = async ({ wallets }: Store, walletId: string): Promise<WalletWithKey> => {
  const found = await wallets.findOne({ _id: walletId });
  if (found === null) throw new CTOError("CTO_E_WALLET_UNKNOWN", { walletId });
  return { wallet: parseWallet(found), sealedKey: parseSealedKey(found) };
};
