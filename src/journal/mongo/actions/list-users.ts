/** Lists users in the order of their creation: all of them, or one page of a search. */
import type { Filter } from "mongodb";
import type { User, UserFilter } from "../../../engine/ports.ts";
import { parseUser, type UserDocument } from "../documents/user.ts";
import type { Store } from "../store.ts";

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const matching = (search: string | undefined): Filter<UserDocument>[] =>
  search === undefined || search === ""
    ? []
    : [
        {
          $or: [
            { _id: { $regex: `^${escaped(search)}`, $options: "i" } },
            { name: { $regex: escaped(search), $options: "i" } },
          ],
        },
      ];

export async function listUsers({ users }: Store, filter?: UserFilter): Promise<User[]> {
  if (filter === undefined) return (await users.find().sort({ number: 1 }).toArray()).map(parseUser);
  const { search, after, limit } = filter;
  if (limit < 1) return []; // MongoDB reads 0 as "no limit".
  const last = after === undefined ? undefined : await users.findOne({ _id: after });
  if (last === null) return [];
  const conditions = [...matching(search), ...(last === undefined ? [] : [{ number: { $gt: last.number } }])];
  const found = await users
    .find(conditions.length === 0 ? {} : { $and: conditions })
    .sort({ number: 1 })
    .limit(limit)
    .toArray();
  return found.map(parseUser);
}
