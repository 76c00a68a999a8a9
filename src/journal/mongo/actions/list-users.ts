/** Lists all users, in the order in which they were added. */
import type { User } from "../../../engine/ports.ts";
import { parseUser } from "../documents/user.ts";
import type { Store } from "../store.ts";

export const listUsers = async ({ users }: Store): Promise<User[]> =>
  (await users.find().sort({ number: 1 }).toArray()).map(parseUser);
