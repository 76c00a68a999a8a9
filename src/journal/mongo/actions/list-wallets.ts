/** Reads wallets without their sealed keys, disables them and enables them. */
import type { Wallet } from "../../../engine/ports.ts";
import { parseWallet, WITHOUT_KEY } from "../documents/user.ts";
import type { Store } from "../store.ts";

/** Returns the wallets in the order of legs. */
export const listWallets = async ({ wallets }: Store, userId: string): Promise<Wallet[]> => {
  const found = await wallets.find({ userId }, { projection: WITHOUT_KEY }).sort({ position: 1 }).toArray();
  return found.map(parseWallet);
};

export const readWallet = async ({ wallets }: Store, id: string): Promise<Wallet | null> => {
  const found = await wallets.findOne({ _id: id }, { projection: WITHOUT_KEY });
  return found === null ? null : parseWallet(found);
};

export const setWalletDisabled = async (
  { wallets, clock, decisive }: Store,
  id: string,
  disabled: boolean,
): Promise<Wallet | null> => {
  // In MongoDB, null also matches a missing field.
  if (disabled) await wallets.updateOne({ _id: id, disabledAt: null }, { $set: { disabledAt: clock.now() } });
  else await wallets.updateOne({ _id: id }, { $set: { disabledAt: null } });
  const found = await wallets.findOne({ _id: id }, { ...decisive, projection: WITHOUT_KEY });
  return found === null ? null : parseWallet(found);
};
