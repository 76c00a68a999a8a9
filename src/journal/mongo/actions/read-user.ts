/** Reads one user. */
import type { User } from "../../../engine/ports.ts";
import { parseUser } from "../documents/user.ts";
import type { Store } from "../store.ts";

export const readUser = async ({ users }: Store, id: string): Promise<User | null> => {
  const found = await users.findOne({ _id: id });
  return found === null ? null : parseUser(found);
};
