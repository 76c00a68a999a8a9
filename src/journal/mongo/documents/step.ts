/** Encodes and parses the steps of an operation's document, each with its attempts. */
import { type Base64EncodedWireTransaction, blockhash, lamports, signature } from "@solana/kit";
import { z } from "zod";
import {
  type Attempt,
  STEP_KINDS,
  STEP_STATUSES,
  type Step,
  type StepKind,
  VENUES,
} from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { CLOSED_STEPS } from "../../statuses.ts";
import { encodeFunded, storedFunded } from "../../stored-funded.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { decimal } from "./decimal.ts";

const attempt = z.object({
  number: z.number().int(),
  signature: z.string(),
  // Attempts from before message version 1 have no such field: they are version 0.
  messageVersion: z.union([z.literal(0), z.literal(1)]).nullish(),
  wire: z.base64(),
  blockhash: z.string(),
  lastValidBlockHeight: decimal,
  blockhashSlot: decimal,
  venue: z.enum(VENUES).nullable(),
  quotedTokensOut: decimal.nullish(),
  minTokensOut: decimal.nullable(),
  returned: decimal.nullish(),
  funded: storedFunded,
  costs: z.object({ network: decimal, priority: decimal, rent: decimal }),
  status: z.enum(["live", "landed", "dead"]),
  slot: decimal.nullable(),
  reason: z.string().nullable(),
  createdAt: z.date(),
});

const step = z.object({
  kind: z.enum(STEP_KINDS),
  /** The step's number: of a funding, its batch. */
  leg: z.number().int(),
  status: z.enum(STEP_STATUSES),
  version: z.number().int(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  attempts: z.array(attempt),
});
export type StepDocument = z.input<typeof step>;

const steps = z.record(z.string(), step);

const encodeAttempt = (given: Attempt): z.input<typeof attempt> => ({
  number: given.number,
  signature: given.signature,
  messageVersion: given.messageVersion,
  wire: given.wire,
  blockhash: given.blockhash,
  lastValidBlockHeight: given.lastValidBlockHeight.toString(),
  blockhashSlot: given.blockhashSlot.toString(),
  venue: given.venue ?? null,
  quotedTokensOut: given.quotedTokensOut?.toString() ?? null,
  minTokensOut: given.minTokensOut?.toString() ?? null,
  returned: given.returned?.toString() ?? null,
  funded: encodeFunded(given),
  costs: {
    network: given.costs.network.toString(),
    priority: given.costs.priority.toString(),
    rent: given.costs.rent.toString(),
  },
  status: given.status,
  slot: given.slot?.toString() ?? null,
  reason: given.reason ?? null,
  createdAt: given.createdAt,
});

const toAttempt = (stored: z.output<typeof attempt>): Attempt =>
  withoutNulls({
    ...stored,
    signature: signature(stored.signature),
    messageVersion: stored.messageVersion ?? 0,
    wire: stored.wire as Base64EncodedWireTransaction,
    blockhash: blockhash(stored.blockhash),
    quotedTokensOut: stored.quotedTokensOut ?? null,
    returned: typeof stored.returned === "bigint" ? lamports(stored.returned) : null,
    funded: stored.funded ?? null,
    costs: {
      network: lamports(stored.costs.network),
      priority: lamports(stored.costs.priority),
      rent: lamports(stored.costs.rent),
    },
  });

export const encodeStep = (given: Step): StepDocument => ({
  kind: given.kind,
  leg: given.number,
  status: given.status,
  version: given.version,
  failure: given.failure ?? null,
  attempts: given.attempts.map(encodeAttempt),
});

/** The place of a step, derived from its id. */
export type StepPlace = { readonly operationId: string; readonly key: string };

export const keyOf = (kind: StepKind, number: number): string => `${kind}-${number}`;

/** Returns null if the text is not a step's id. */
export const placeOf = (stepId: string): StepPlace | null => {
  const [, operationId, kind, number] = /^(.+)\.([a-z]+)\.(\d+)$/.exec(stepId) ?? [];
  return operationId === undefined ? null : { operationId, key: `${kind}-${number}` };
};

const inOrder = (a: Step, b: Step): number =>
  a.number - b.number || STEP_KINDS.indexOf(a.kind) - STEP_KINDS.indexOf(b.kind);

/** Returns the steps of a `steps` field, in the order of their numbers. */
export const parseSteps = (operationId: string, stored: unknown): Step[] =>
  parseRecord("operations", () =>
    Object.values(steps.parse(stored))
      .map(({ leg: number, attempts, ...rest }) => ({
        ...withoutNulls(rest),
        number,
        id: `${operationId}.${rest.kind}.${number}`,
        operationId,
        attempts: attempts.map(toAttempt),
      }))
      .sort(inOrder),
  );

const isUnsettled = ({ status }: Step): number => (CLOSED_STEPS.includes(status) ? 0 : 1);
const isConfirmed = ({ status }: Step): number => (status === "confirmed" ? 1 : 0);

/** Returns how this write changes the operation's counts of steps. The same update applies them. */
export const countsOf = (before: Step, after: Step): { openSteps: number; confirmedSteps: number } => ({
  openSteps: isUnsettled(after) - isUnsettled(before),
  confirmedSteps: isConfirmed(after) - isConfirmed(before),
});
