/** Encodes and decodes a stored event. */
import { address, lamports, signature } from "@solana/kit";
import { z } from "zod";
import { OPERATION_STATUSES, type OperationEvent, RESOLUTIONS, STEP_STATUSES } from "../engine/ports.ts";
import { PHASE_NAMES } from "./statuses.ts";
import { storedLabel } from "./stored-label.ts";
import { withoutNulls } from "./without-nulls.ts";

const failure = z.object({ code: z.string(), message: z.string() });

const storedEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("phase"),
    phase: z.enum(PHASE_NAMES),
    label: z.string(),
    progress: z.number(),
    token: storedLabel.optional(),
  }),
  z.object({
    type: z.literal("leg"),
    leg: z.number(),
    address: z.string(),
    lamports: z.string(),
    status: z.enum(STEP_STATUSES),
    progress: z.number(),
    signature: z.string().optional(),
    slot: z.string().optional(),
    failure: failure.optional(),
  }),
  z.object({
    type: z.literal("fund"),
    batch: z.number(),
    firstLeg: z.number(),
    lastLeg: z.number(),
    status: z.enum(STEP_STATUSES),
    progress: z.number(),
    signature: z.string().optional(),
    slot: z.string().optional(),
    failure: failure.optional(),
  }),
  z.object({
    type: z.literal("recover"),
    leg: z.number(),
    address: z.string(),
    lamports: z.string(),
    status: z.enum(STEP_STATUSES),
    progress: z.number(),
    signature: z.string().optional(),
    slot: z.string().optional(),
    failure: failure.optional(),
  }),
  z.object({
    type: z.literal("review"),
    leg: z.number(),
    resolution: z.enum(RESOLUTIONS),
    forced: z.boolean(),
    reviewer: z.string(),
    reason: z.string(),
    evidence: z.string(),
    progress: z.number(),
    signature: z.string().optional(),
  }),
  z.object({
    type: z.literal("incident"),
    leg: z.number(),
    address: z.string(),
    received: z.string(),
    least: z.string(),
    signature: z.string(),
    slot: z.string(),
    failure,
    progress: z.number(),
  }),
  z.object({
    type: z.literal("result"),
    status: z.enum(OPERATION_STATUSES),
    progress: z.number(),
    failure: failure.optional(),
  }),
]);

/** Encodes as JSON text. Lamports and slots become decimal strings. */
export const encodeEvent = (event: OperationEvent): string =>
  JSON.stringify(event, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));

/** @throws if the value is not an event (a zod error, or kit's for an address or signature) */
export const decodeEvent = (stored: unknown): OperationEvent => {
  const parsed = storedEvent.parse(stored);
  switch (parsed.type) {
    case "phase":
      return withoutNulls({ ...parsed, token: parsed.token ?? null });
    case "result":
      return withoutNulls({ ...parsed, failure: parsed.failure ?? null });
    case "review":
      return withoutNulls({
        ...parsed,
        signature: parsed.signature === undefined ? null : signature(parsed.signature),
      });
    case "incident":
      return {
        ...parsed,
        address: address(parsed.address),
        received: BigInt(parsed.received),
        least: BigInt(parsed.least),
        signature: signature(parsed.signature),
        slot: BigInt(parsed.slot),
      };
    case "fund":
      return withoutNulls({
        ...parsed,
        signature: parsed.signature === undefined ? null : signature(parsed.signature),
        slot: parsed.slot === undefined ? null : BigInt(parsed.slot),
        failure: parsed.failure ?? null,
      });
    case "leg":
    case "recover":
      return withoutNulls({
        ...parsed,
        address: address(parsed.address),
        lamports: lamports(BigInt(parsed.lamports)),
        signature: parsed.signature === undefined ? null : signature(parsed.signature),
        slot: parsed.slot === undefined ? null : BigInt(parsed.slot),
        failure: parsed.failure ?? null,
      });
  }
};
