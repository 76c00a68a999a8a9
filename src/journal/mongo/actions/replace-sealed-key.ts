/** Replaces a wallet's sealed key if it is still the expected one. */
import { randomUUID } from "node:crypto";
import type { Store } from "../store.ts";

export const replaceSealedKey = async (
  { wallets, decisive }: Store,
  walletId: string,
  expected: string,
  sealedKey: string,
): Promise<boolean> => {
  const write = randomUUID();
  const { matchedCount } = await wallets.updateOne(
    { _id: walletId, sealedKey: expected },
    { $set: { sealedKey, write } },
  );
  if (matchedCount === 1) return true;
  // The driver may have sent the update twice after the first answer was lost. `write` shows whether the key
  // is from this call.
  return (await wallets.findOne({ _id: walletId, write }, decisive)) !== null;
};
