/** Finds the wallet of an address, for any user. */
import type { Address, Wallet } from "../../../engine/ports.ts";
import { parseWallet, WITHOUT_KEY } from "../documents/user.ts";
import type { Store } from "../store.ts";

export const findWallet = async ({ wallets }: Store, address: Address): Promise<Wallet | null> => {
  const found = await wallets.findOne({ address }, { projection: WITHOUT_KEY });
  return found === null ? null : parseWallet(found);
};
