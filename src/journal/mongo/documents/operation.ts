/**
 * Encodes and parses documents of `operations`. A document contains the whole operation with its legs and
 * steps, so that one conditional update of one document can keep every rule that spans them.
 */
import { z } from "zod";
import {
  DETECTED,
  type NewOperation,
  OPERATION_STATUSES,
  type Operation,
  type PriceCheck,
  type RecoveryState,
  VENUES,
} from "../../../engine/ports.ts";
import { parseRecord } from "../../parse-record.ts";
import { decodeIncidents, type IncidentDocument } from "../../stored-incidents.ts";
import { storedLabel } from "../../stored-label.ts";
import { storedLeftOut } from "../../stored-left-out.ts";
import { decodePrice } from "../../stored-price.ts";
import { decodeRecovery, type RecoveryLegDocument } from "../../stored-recovery.ts";
import { decodeRequest, encodeRequest, hashRequest } from "../../stored-request.ts";
import { withoutNulls } from "../../without-nulls.ts";
import type { LegDocument } from "./leg.ts";
import type { StepDocument } from "./step.ts";

const summary = z.object({
  _id: z.string(),
  idempotencyKey: z.string().nullable(),
  request: z.unknown(),
  status: z.enum(OPERATION_STATUSES),
  cancelRequested: z.boolean(),
  progress: z.number(),
  venue: z.enum(VENUES).nullable(),
  detected: z.enum(DETECTED).nullable(),
  /** These two are absent from documents of earlier releases. */
  leftOut: storedLeftOut,
  tokenLabel: storedLabel.nullish(),
  // Absent from documents of earlier releases.
  price: z.unknown().optional(),
  // Absent from documents of earlier releases.
  incidents: z.record(z.string(), z.unknown()).default({}),
  partial: z.boolean(),
  settled: z.boolean(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  recovery: z.unknown().optional(),
  // These two are absent from documents of earlier releases.
  tries: z.number().int().default(0),
  notBefore: z.date().nullable().default(null),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  restored: z.boolean().default(false),
});

/** The fields that decide who may write: see `adopt.ts`. */
const fence = z.object({
  userId: z.string(),
  settled: z.boolean(),
  cancelRequested: z.boolean(),
  holder: z.number().int(),
});
export type Fence = z.infer<typeof fence>;

/** Absent from documents of earlier releases. */
export type RecoveryDocument = {
  readonly state: RecoveryState;
  readonly at: Date;
  readonly legs: readonly RecoveryLegDocument[];
  readonly failure: { readonly code: string; readonly message: string } | null;
};

type Stored = Omit<z.infer<typeof summary>, "recovery" | "price" | "incidents"> &
  Fence & {
    readonly number: number;
    readonly recovery: RecoveryDocument | null;
    /** Absent from documents of earlier releases. */
    readonly price: PriceCheck | null;
    /** By leg. Absent from documents of earlier releases. */
    readonly incidents: Readonly<Record<string, IncidentDocument>>;
    /** Absent from documents of earlier releases. */
    readonly compacted: boolean;
    readonly write: string;
    /**
     * The idempotency key with its user, or the id. Every document has a unique value, so that the index need
     * not be partial.
     */
    readonly acceptedAs: string;
    readonly requestHash: string;
    /** The lease that is adopting the operation, or has adopted it. */
    readonly claim: { readonly token: number; readonly nonce: string | null; readonly owner?: string };
    readonly planned: boolean;
    readonly legs: readonly LegDocument[];
    /** By `<kind>-<leg>`. */
    readonly steps: Readonly<Record<string, StepDocument>>;
    /** The least tokens of each leg, decimal. Absent from documents of earlier releases. */
    readonly anchors: Readonly<Record<string, string>>;
    /** Token base units by leg, decimal. */
    readonly received: Readonly<Record<string, string>>;
    /**
     * How many steps may still change, and how many are only confirmed. Every write of a step updates both counts.
     */
    readonly openSteps: number;
    readonly confirmedSteps: number;
  };

export type OperationDocument = Stored;

/**
 * Fields for an operation that gets settled. A takeover skips settled operations, so none of them may keep a holder.
 */
export const NOBODY = { holder: 0, claim: { token: 0, nonce: null } } as const;

export const acceptedAs = ({ id, request, idempotencyKey }: NewOperation): string =>
  idempotencyKey === undefined ? `id ${id}` : `key ${JSON.stringify([request.userId, idempotencyKey])}`;

export const newOperation = (
  given: NewOperation,
  number: number,
  createdAt: Date,
): Omit<OperationDocument, "write"> => ({
  _id: given.id,
  number,
  userId: given.request.userId,
  acceptedAs: acceptedAs(given),
  idempotencyKey: given.idempotencyKey ?? null,
  request: JSON.parse(encodeRequest(given.request)),
  requestHash: hashRequest(given.request),
  status: "waiting",
  cancelRequested: false,
  progress: 0,
  venue: null,
  detected: null,
  leftOut: null,
  tokenLabel: null,
  price: null,
  incidents: {},
  partial: false,
  settled: false,
  failure: null,
  recovery: null,
  compacted: false,
  tries: 0,
  notBefore: given.request.notBefore ?? null,
  createdAt,
  startedAt: null,
  finishedAt: null,
  restored: given.restored ?? false,
  ...NOBODY,
  planned: false,
  legs: [],
  steps: {},
  anchors: {},
  received: {},
  openSteps: 0,
  confirmedSteps: 0,
});

/** Fields for an operation that changes its status: an earlier outage no longer counts. */
export const RESTED = { tries: 0, notBefore: null } as const;

/** Excludes the fields that may be large. */
export const SUMMARY = { legs: 0, steps: 0, anchors: 0, received: 0 } as const;

export const parseFence = (document: unknown): Fence =>
  parseRecord("operations", () => fence.parse(document));

export const parseOperation = (document: unknown): Operation =>
  parseRecord("operations", () => {
    const { _id, request, recovery, price, incidents, ...parsed } = summary.parse(document);
    const { leftOut = null, tokenLabel = null, restored, ...rest } = parsed;
    const decoded = {
      request: decodeRequest(request),
      recovery: decodeRecovery(recovery),
      price: decodePrice(price),
      incidents: decodeIncidents(Object.values(incidents)),
    };
    return withoutNulls({ ...rest, id: _id, leftOut, tokenLabel, restored: restored || null, ...decoded });
  });

const hashed = z.object({ requestHash: z.string() });

export const parseRequestHash = (document: unknown): string =>
  parseRecord("operations", () => hashed.parse(document).requestHash);
