/** Adds a user. */
import type { User } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseUser } from "../documents/user.ts";
import { insertOnce } from "../insert-once.ts";
import { nextNumber } from "../next-number.ts";
import type { Store } from "../store.ts";

/** @throws `CTO_E_USER_EXISTS` */
export const addUser = async (store: Store, { id, name }: { id: string; name?: string }): Promise<User> => {
  const document = {
    _id: id,
    name: name ?? null,
    createdAt: store.clock.now(),
    number: await nextNumber(store, "users"),
    walletCount: 0,
  };
  if (await insertOnce(store, store.users, document)) return parseUser(document);
  throw new CTOError("CTO_E_USER_EXISTS", { userId: id });
};
