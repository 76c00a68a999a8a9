/**
 * R5, in one statement: the next attempt comes into being together with the step's move to `in_flight`, or not at all.
 * Every change of a step's attempts also changes the step's version, so the compare-and-set on the version covers the
 * attempts that are looked at here.
 */
import { DatabaseError, type Pool } from "pg";
import { z } from "zod";
import type { Journal, Lease, NewAttempt } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { encodeFunded } from "../../stored-funded.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseSteps, STEP_COLUMNS } from "../rows/step-row.ts";

// The operation is locked `for share`: a cancellation comes before (and is seen) or after this statement.
const SQL = `
with ${fence(3)},
operation as materialized (
  select o.id, o.cancel_requested from cto.operations o, lease
  where o.id = (select operation_id from cto.steps where id = $1) and o.user_id = lease.user_id
  for share of o
),
moved as (
  update cto.steps s set status = 'in_flight', version = s.version + 1, failure = null
  from operation o
  where s.id = $1 and s.operation_id = o.id and s.version = $2 and s.status = 'ready'
    and (not o.cancel_requested or s.kind = 'recover')
    and not exists (select from cto.attempts where step_id = $1 and status = 'live')
    and $6 = (select coalesce(max(number), 0) + 1 from cto.attempts where step_id = $1)
  returning s.*
),
inserted as (
  insert into cto.attempts (step_id, number, signature, wire, blockhash, last_valid_block_height, blockhash_slot,
    venue, min_tokens_out, cost_network, cost_priority, cost_rent, returned, quoted_tokens_out, message_version, funded)
  select moved.id, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20 from moved
  returning *
)
select ${STEP_COLUMNS}, o.cancel_requested, (select kind from cto.steps where id = $1) as asked_kind from operation o
left join moved s on true
left join lateral (
  select * from cto.attempts where step_id = s.id union all select * from inserted
) a on true
order by a.number`;

const verdict = z.object({
  id: z.string().nullable(),
  cancel_requested: z.boolean(),
  asked_kind: z.string(),
});

/** @throws `CTO_E_INTERNAL` when another attempt has this signature already. */
export const insertAttempt = async (
  pool: Pool,
  stepId: string,
  expectedVersion: number,
  lease: Lease,
  attempt: NewAttempt,
): ReturnType<Journal["insertAttempt"]> => {
  const { number, signature, wire, blockhash, lastValidBlockHeight, blockhashSlot, costs } = attempt;
  const rows = await write(pool, SQL, [
    stepId,
    expectedVersion,
    ...fenceValues(lease),
    number,
    signature,
    wire,
    blockhash,
    lastValidBlockHeight,
    blockhashSlot,
    attempt.venue ?? null,
    attempt.minTokensOut ?? null,
    costs.network,
    costs.priority,
    costs.rent,
    attempt.returned ?? null,
    attempt.quotedTokensOut ?? null,
    attempt.messageVersion,
    JSON.stringify(encodeFunded(attempt)),
  ]).catch((error: unknown) => {
    const taken = error instanceof DatabaseError && error.constraint === "attempts_signature_once";
    throw taken
      ? new CTOError("CTO_E_INTERNAL", { reason: `signature ${signature} is journaled already` })
      : error;
  });
  if (rows[0] === undefined) return { outcome: "stale" };
  const { id, cancel_requested, asked_kind: kind } = verdict.parse(rows[0]);
  if (id === null) return { outcome: kind !== "recover" && cancel_requested ? "cancelled" : "stale" };
  const [step] = parseSteps(rows);
  return step === undefined ? { outcome: "stale" } : { outcome: "inserted", step };
};
