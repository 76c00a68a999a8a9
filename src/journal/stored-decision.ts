/** Encodes and decodes a stored decision. */
import { z } from "zod";
import { DECISION_KINDS, type Decision, VENUES } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const storedDecision = z.object({
  kind: z.enum(DECISION_KINDS),
  why: z.string(),
  step: z.string().optional(),
  attempt: z.number().int().optional(),
  venue: z.enum(VENUES).optional(),
  code: z.string().optional(),
});

const FIELDS = ["kind", "why", "step", "attempt", "venue", "code"] as const;

/** Encodes as JSON text. The fields always have the same order, so that equal decisions have equal texts. */
export const encodeDecision = (decision: Decision): string => JSON.stringify(decision, [...FIELDS]);

/** @throws a zod error if the value is not a decision */
export const decodeDecision = (stored: unknown): Decision => {
  const { kind, why, step, attempt, venue, code } = storedDecision.parse(stored);
  return withoutNulls({
    kind,
    why,
    step: step ?? null,
    attempt: attempt ?? null,
    venue: venue ?? null,
    code: code ?? null,
  });
};
