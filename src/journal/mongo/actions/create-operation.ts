/** Accepts an operation, or finds the one that was accepted earlier under the same key. */
import type { NewOperation, Operation } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { OPEN } from "../../statuses.ts";
import { hashRequest } from "../../stored-request.ts";
import {
  acceptedAs,
  newOperation,
  parseOperation,
  parseRequestHash,
  SUMMARY,
} from "../documents/operation.ts";
import { insertOnce } from "../insert-once.ts";
import { nextNumber } from "../next-number.ts";
import type { Store } from "../store.ts";

/** @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` if the key or the id belongs to another request */
export const findAccepted = async (
  { operations, decisive }: Store,
  given: NewOperation,
): Promise<Operation | null> => {
  const options = { ...decisive, projection: SUMMARY };
  // We also search by id, because a caller who lost the first answer may retry with the same operation.
  const first =
    (await operations.findOne({ acceptedAs: acceptedAs(given) }, options)) ??
    (await operations.findOne({ _id: given.id }, options));
  if (first === null) return null;
  const operation = parseOperation(first);
  if (parseRequestHash(first) === hashRequest(given.request)) return operation;
  const idempotencyKey = given.idempotencyKey ?? given.id;
  throw new CTOError("CTO_E_IDEMPOTENCY_KEY_REUSED", { idempotencyKey, jobId: operation.id });
};

/**
 * @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` if the key or the id belongs to another request
 * @throws `CTO_E_OPERATIONS_TOO_MANY` if the operation is new and the user already has `maxOpen` open ones
 */
export const createOperation = async (
  store: Store,
  given: NewOperation,
): Promise<{ operation: Operation; created: boolean }> => {
  const { operations, clock } = store;
  const { userId } = given.request;
  const limit = given.maxOpen;
  const isFull =
    limit !== undefined &&
    (await operations.countDocuments({ userId, status: { $in: [...OPEN] } }, { limit })) >= limit;
  const document = newOperation(given, await nextNumber(store, "operations"), clock.now());
  if (!isFull && (await insertOnce(store, operations, document))) {
    return { operation: parseOperation(document), created: true };
  }
  const operation = await findAccepted(store, given);
  if (operation !== null) return { operation, created: false };
  if (isFull) throw new CTOError("CTO_E_OPERATIONS_TOO_MANY", { userId, limit });
  // A unique index has refused it, and nothing is there: this database does not show what it has stored.
  throw new CTOError("CTO_E_INTERNAL", { reason: `the operation ${given.id} was neither stored nor found` });
};
