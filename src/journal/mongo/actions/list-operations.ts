/** Lists operations, newest first. */
import type { Filter } from "mongodb";
import { z } from "zod";
import type { Operation, OperationFilter } from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { type OperationDocument, parseOperation, SUMMARY } from "../documents/operation.ts";
import type { Store } from "../store.ts";

const numbered = z.object({ number: z.number().int() });

/** Returns the number of the operation that a page begins after, or null if it does not exist. */
const numberOf = async ({ operations }: Store, id: string): Promise<number | null> => {
  const found = await operations.findOne({ _id: id }, { projection: { number: 1 } });
  return found === null ? null : parseRecord("operations", () => numbered.parse(found).number);
};

const filterOf = (filter: OperationFilter, last: number | undefined): Filter<OperationDocument> => {
  const { userId, statuses, tokenAddress, wallet, createdAfter, createdBefore, search } = filter;
  const { tag, reference } = filter;
  const prefix = search?.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const conditions: Filter<OperationDocument>[] = [
    ...(last === undefined ? [] : [{ number: { $lt: last } }]),
    ...(userId === undefined ? [] : [{ userId }]),
    ...(statuses === undefined ? [] : [{ status: { $in: [...statuses] } }]),
    ...(tokenAddress === undefined ? [] : [{ "request.tokenAddress": tokenAddress }]),
    ...(wallet === undefined ? [] : [{ $or: [{ "legs.walletId": wallet }, { "legs.address": wallet }] }]),
    ...(createdAfter === undefined ? [] : [{ createdAt: { $gte: createdAfter } }]),
    ...(createdBefore === undefined ? [] : [{ createdAt: { $lt: createdBefore } }]),
    ...(filter.incidents ? [{ incidents: { $exists: true, $ne: {} } }] : []),
    ...(filter.recovery === undefined ? [] : [{ "recovery.state": filter.recovery }]),
    ...(tag === undefined ? [] : [{ "request.tags": tag }]),
    ...(reference === undefined ? [] : [{ "request.reference": reference }]),
    ...(search === undefined
      ? []
      : [
          {
            $or: [
              { _id: { $regex: `^${prefix}` } },
              { "request.tokenAddress": search },
              { "request.reference": search },
              { "request.tags": search },
            ],
          },
        ]),
  ];
  return conditions.length === 0 ? {} : { $and: conditions };
};

export const listOperations = async (store: Store, filter: OperationFilter): Promise<Operation[]> => {
  if (filter.limit < 1) return []; // MongoDB reads 0 as "no limit".
  const last = filter.before === undefined ? undefined : await numberOf(store, filter.before);
  if (last === null) return [];
  const found = await store.operations
    .find(filterOf(filter, last), { projection: SUMMARY })
    .sort({ number: -1 })
    .limit(filter.limit)
    .toArray();
  return found.map(parseOperation);
};
