/** Lists a user's wallets in the order of legs. */
import type { Wallet } from "../../../engine/ports.ts";
import { parseWallet, WITHOUT_KEY } from "../documents/user.ts";
import type { Store } from "../store.ts";

export const listWallets = async ({ wallets }: Store, userId: string): Promise<Wallet[]> => {
  const found = await wallets.find({ userId }, { projection: WITHOUT_KEY }).sort({ position: 1 }).toArray();
  return found.map(parseWallet);
};
