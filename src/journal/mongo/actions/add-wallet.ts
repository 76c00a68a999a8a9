/** Adds a wallet to a user, with a position after all others of the user. */
import { z } from "zod";
import type { NewWallet, Wallet } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseRecord } from "../../parse-record.ts";
import { parseWallet, slotOf } from "../documents/user.ts";
import { insertOnce } from "../insert-once.ts";
import type { Store } from "../store.ts";

const counted = z.object({ walletCount: z.number().int() });

/** Finds which index refused the insert. We read this from the data, because not every server names the index. */
const refusal = async (
  { wallets, decisive }: Store,
  { id, userId, address }: NewWallet,
): Promise<CTOError> => {
  const taken =
    (await wallets.findOne({ _id: id }, decisive)) ?? (await wallets.findOne({ address }, decisive));
  return taken === null
    ? new CTOError("CTO_E_WALLET_FUNDING_EXISTS", { userId })
    : new CTOError("CTO_E_WALLET_EXISTS", { address });
};

/** @throws `CTO_E_USER_UNKNOWN`, `CTO_E_WALLET_EXISTS`, `CTO_E_WALLET_FUNDING_EXISTS` */
export const addWallet = async (store: Store, wallet: NewWallet): Promise<Wallet> => {
  const { id, userId, role, address, label, sealedKey } = wallet;
  // Two concurrent additions take different positions. The position of a refused wallet stays unused.
  const user = await store.users.findOneAndUpdate(
    { _id: userId },
    { $inc: { walletCount: 1 } },
    { returnDocument: "after" },
  );
  if (user === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  const document = {
    _id: id,
    userId,
    role,
    address,
    position: parseRecord("users", () => counted.parse(user).walletCount),
    label: label ?? null,
    createdAt: store.clock.now(),
    disabledAt: null,
    sealedKey,
    slot: slotOf(wallet),
  };
  if (await insertOnce(store, store.wallets, document)) return parseWallet(document);
  throw await refusal(store, wallet);
};
