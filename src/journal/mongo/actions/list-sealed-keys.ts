/** Lists all wallets with their sealed keys, page by page. */
import type { WalletWithKey } from "../../../engine/ports.ts";
import { parseSealedKey, parseWallet } from "../documents/user.ts";
import type { Store } from "../store.ts";

export const listSealedKeys = async (
  { wallets }: Store,
  after: string,
  limit: number,
): Promise<WalletWithKey[]> => {
  const found = await wallets
    .find({ _id: { $gt: after } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return found.map((document) => ({ wallet: parseWallet(document), sealedKey: parseSealedKey(document) }));
};
