/**
 * R5, in one statement for many steps: inserts each step's next attempt and moves the step to `in_flight`, or
 * does neither. Every change of a step's attempts also changes the step's version. The compare-and-set on the
 * version therefore covers the attempts that the statement reads.
 */
import { DatabaseError, type Pool } from "pg";
import { z } from "zod";
import type { AttemptOfStep, Insertion, Lease, NewAttempt } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { encodeFunded } from "../../stored-funded.ts";
import { fence, fenceValues } from "../fence.ts";
import { write } from "../query.ts";
import { parseSteps, STEP_COLUMNS } from "../rows/step-row.ts";
import { witnessOf } from "../witness.ts";

// The operations are locked `for share`: a cancellation comes before (and is seen) or after this statement.
const SQL = `
with ${fence(2)},
requested as materialized (
  select * from jsonb_to_recordset($1::jsonb) as a(
    place int, step_id text, version int, number int, signature text, wire text, blockhash text,
    last_valid_block_height bigint, blockhash_slot bigint, venue text, min_tokens_out numeric, cost_network bigint,
    cost_priority bigint, cost_rent bigint, returned bigint, quoted_tokens_out numeric, message_version int,
    funded jsonb, found boolean
  )
),
operation as materialized (
  select o.id, o.cancel_requested from cto.operations o, lease
  where o.id in (select operation_id from cto.steps where id in (select step_id from requested))
    and o.user_id = lease.user_id
  for share of o
),
moved as (
  update cto.steps s set status = 'in_flight', version = s.version + 1, failure = null
  from operation o, requested a
  where s.id = a.step_id and s.operation_id = o.id and s.version = a.version and s.status = 'ready'
    and (not o.cancel_requested or s.kind = 'recover' or a.found)
    and not exists (select from cto.attempts where step_id = s.id and status = 'live')
    and a.number = (select coalesce(max(number), 0) + 1 from cto.attempts where step_id = s.id)
  returning s.*
),
inserted as (
  insert into cto.attempts (step_id, number, signature, wire, blockhash, last_valid_block_height, blockhash_slot,
    venue, min_tokens_out, cost_network, cost_priority, cost_rent, returned, quoted_tokens_out, message_version, funded)
  select a.step_id, a.number, a.signature, a.wire, a.blockhash, a.last_valid_block_height, a.blockhash_slot, a.venue,
    a.min_tokens_out, a.cost_network, a.cost_priority, a.cost_rent, a.returned, a.quoted_tokens_out, a.message_version,
    a.funded
  from requested a join moved on moved.id = a.step_id
  returning *
)
select requested.place, o.cancel_requested, before.kind as asked_kind, ${STEP_COLUMNS} from requested
join cto.steps before on before.id = requested.step_id
join operation o on o.id = before.operation_id
left join moved s on s.id = requested.step_id
left join lateral (
  select * from cto.attempts where step_id = s.id
  union all select * from inserted where inserted.step_id = s.id
) a on true
order by requested.place, a.number`;

const verdict = z.object({
  place: z.number(),
  id: z.string().nullable(),
  cancel_requested: z.boolean(),
  asked_kind: z.string(),
});

const STALE: Insertion = { outcome: "stale" };

const toText = (value: bigint | undefined): string | null => (value === undefined ? null : String(value));

const recordOf = ({ stepId, expectedVersion, attempt }: AttemptOfStep, place: number) => ({
  place,
  step_id: stepId,
  version: expectedVersion,
  number: attempt.number,
  signature: attempt.signature,
  wire: attempt.wire,
  blockhash: attempt.blockhash,
  last_valid_block_height: String(attempt.lastValidBlockHeight),
  blockhash_slot: String(attempt.blockhashSlot),
  venue: attempt.venue ?? null,
  min_tokens_out: toText(attempt.minTokensOut),
  cost_network: String(attempt.costs.network),
  cost_priority: String(attempt.costs.priority),
  cost_rent: String(attempt.costs.rent),
  returned: toText(attempt.returned),
  quoted_tokens_out: toText(attempt.quotedTokensOut),
  message_version: attempt.messageVersion,
  funded: encodeFunded(attempt),
  found: attempt.found === true,
});

/** @throws `CTO_E_INTERNAL` if another attempt already has one of these signatures. Nothing is inserted then */
export const insertAttempts = async (
  pool: Pool,
  lease: Lease,
  attempts: readonly AttemptOfStep[],
): Promise<Insertion[]> => {
  const records = JSON.stringify(attempts.map(recordOf));
  const rows = await write(pool, SQL, [records, ...fenceValues(lease)]).catch((error: unknown) => {
    const taken = error instanceof DatabaseError && error.constraint === "attempts_signature_once";
    if (!taken) throw error;
    const [signature = "a signature"] = attempts.map(({ attempt }) => attempt.signature);
    throw new CTOError("CTO_E_INTERNAL", {
      reason: `${attempts.length === 1 ? signature : "a signature"} is journaled already`,
    });
  });
  const answers = attempts.map(({ attempt }, place): Insertion => {
    const own = rows.filter((row) => verdict.parse(row).place === place);
    if (own[0] === undefined) return STALE;
    const { id, cancel_requested, asked_kind: kind } = verdict.parse(own[0]);
    const isKept = kind === "recover" || attempt.found === true;
    if (id === null) return !isKept && cancel_requested ? { outcome: "cancelled" } : STALE;
    const [step] = parseSteps(own);
    return step === undefined ? STALE : { outcome: "inserted", step };
  });
  const inserted = attempts.filter((_, place) => answers[place]?.outcome === "inserted");
  witnessOf(pool)?.signed(inserted.map(({ attempt }) => attempt.signature));
  return answers;
};

/** @throws `CTO_E_INTERNAL` if another attempt already has this signature */
export const insertAttempt = async (
  pool: Pool,
  stepId: string,
  expectedVersion: number,
  lease: Lease,
  attempt: NewAttempt,
): Promise<Insertion> =>
  (await insertAttempts(pool, lease, [{ stepId, expectedVersion, attempt }]))[0] ?? STALE;
