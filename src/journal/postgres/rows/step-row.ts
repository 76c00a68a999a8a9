/** Parses rows of `cto.steps` joined with their attempts: one row per attempt, or one row with nulls. */
import { z } from "zod";
import { type Attempt, STEP_KINDS, STEP_STATUSES, type Step } from "../../../engine/ports.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { attemptColumns, toAttempt } from "./attempt-row.ts";
import { parseRow } from "./parse-row.ts";

const stepColumns = z.object({
  id: z.string(),
  operation_id: z.string(),
  kind: z.enum(STEP_KINDS),
  /** The step's number: of a funding, its batch. */
  leg: z.number(),
  step_status: z.enum(STEP_STATUSES),
  version: z.number(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const noAttempt = z.object({ number: z.null() });

/** The select list for `s`, a row of steps, and `a`, a row of attempts. */
export const STEP_COLUMNS = `
  s.id, s.operation_id, s.kind, s.leg, s.status as step_status, s.version, s.failure,
  a.number, a.signature, a.message_version, a.wire, a.blockhash, a.last_valid_block_height, a.blockhash_slot, a.venue,
  a.quoted_tokens_out, a.min_tokens_out, a.returned, a.funded, a.cost_network, a.cost_priority, a.cost_rent, a.status as attempt_status, a.slot, a.reason, a.created_at`;

/** Expects the attempts of each step in order. */
export const parseSteps = (rows: readonly unknown[]): Step[] =>
  parseRow("steps", () => {
    const steps = new Map<string, { step: Omit<Step, "attempts">; attempts: Attempt[] }>();
    for (const row of rows) {
      const { operation_id, step_status, leg: number, ...columns } = stepColumns.parse(row);
      const entry = steps.get(columns.id) ?? {
        step: withoutNulls({ ...columns, number, operationId: operation_id, status: step_status }),
        attempts: [],
      };
      if (!noAttempt.safeParse(row).success) entry.attempts.push(toAttempt(attemptColumns.parse(row)));
      steps.set(columns.id, entry);
    }
    return [...steps.values()].map(({ step, attempts }) => ({ ...step, attempts }));
  });
