/** Reads wallets without their sealed keys: those stay where they are, only readSealedKey reads them. */
import type { Wallet } from "../../../engine/ports.ts";
import { parseWallet, WITHOUT_KEY } from "../documents/user.ts";
import type { Store } from "../store.ts";

/** In the order of legs. */
export const listWallets = async ({ wallets }: Store, userId: string): Promise<Wallet[]> => {
  const found = await wallets.find({ userId }, { projection: WITHOUT_KEY }).sort({ position: 1 }).toArray();
  return found.map(parseWallet);
};

export const readWallet = async ({ wallets }: Store, id: string): Promise<Wallet | null> => {
  const found = await wallets.findOne({ _id: id }, { projection: WITHOUT_KEY });
  return found === null ? null : parseWallet(found);
};
