/** Puts another sealed key in the place of the one that was read. */
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
  // The driver may have sent it twice, and the first answer was lost: the mark says whose the key is.
  return (await wallets.findOne({ _id: walletId, write }, decisive)) !== null;
};
