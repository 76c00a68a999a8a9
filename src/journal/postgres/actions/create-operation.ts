/** Accepts an operation, or finds the one that was accepted earlier under the same key. */
import type { Pool } from "pg";
import { z } from "zod";
import type { NewOperation, Operation } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { OPEN } from "../../statuses.ts";
import { encodeRequest, hashRequest } from "../../stored-request.ts";
import { read, write } from "../query.ts";
import { parseOperation } from "../rows/operation-row.ts";

const INSERT = `
insert into cto.operations (id, user_id, idempotency_key, request, request_hash, not_before, restored)
select $1::text, $2::text, $3::text, $4::jsonb, $5::text, $8::timestamptz, $9::boolean
where $6::int is null or $6 > (
  select count(*) from (select from cto.operations where user_id = $2 and status = any($7) limit $6) as open
)
on conflict do nothing returning *`;

// We also search by id, because a caller who lost the first answer may retry with the same operation.
const FIND = `
select * from cto.operations where user_id = $2 and idempotency_key = $3 or id = $1
order by (id = $1)::int limit 1`;

const hashed = z.object({ request_hash: z.string() });

/** @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` if the key or the id belongs to another request */
export const findAccepted = async (
  pool: Pool,
  { id, request, idempotencyKey }: NewOperation,
): Promise<Operation | null> => {
  const [first] = await read(pool, FIND, [id, request.userId, idempotencyKey ?? null]);
  if (first === undefined) return null;
  const operation = parseOperation(first);
  if (hashed.parse(first).request_hash === hashRequest(request)) return operation;
  throw new CTOError("CTO_E_IDEMPOTENCY_KEY_REUSED", {
    idempotencyKey: idempotencyKey ?? id,
    jobId: operation.id,
  });
};

/**
 * @throws `CTO_E_IDEMPOTENCY_KEY_REUSED` if the key or the id belongs to another request
 * @throws `CTO_E_OPERATIONS_TOO_MANY` if the operation is new and the user already has `maxOpen` open ones
 */
export const createOperation = async (
  pool: Pool,
  given: NewOperation,
): Promise<{ operation: Operation; created: boolean }> => {
  const { id, request, idempotencyKey, maxOpen, restored } = given;
  const values = [
    id,
    request.userId,
    idempotencyKey ?? null,
    encodeRequest(request),
    hashRequest(request),
    maxOpen ?? null,
    OPEN,
    request.notBefore ?? null,
    restored ?? false,
  ];
  const [inserted] = await write(pool, INSERT, values);
  if (inserted !== undefined) return { operation: parseOperation(inserted), created: true };
  const operation = await findAccepted(pool, given);
  if (operation !== null) return { operation, created: false };
  throw new CTOError("CTO_E_OPERATIONS_TOO_MANY", { userId: request.userId, limit: maxOpen ?? 0 });
};
