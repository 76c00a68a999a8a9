/** Parses rows of `cto.operations`. */
import { z } from "zod";
import { DETECTED, OPERATION_STATUSES, type Operation, VENUES } from "../../../engine/ports.ts";
import { decodeIncidents } from "../../stored-incidents.ts";
import { storedLabel } from "../../stored-label.ts";
import { storedLeftOut } from "../../stored-left-out.ts";
import { decodePrice } from "../../stored-price.ts";
import { decodeRecovery } from "../../stored-recovery.ts";
import { decodeRequest } from "../../stored-request.ts";
import { withoutNulls } from "../../without-nulls.ts";
import { parseRow } from "./parse-row.ts";

const operationRow = z.object({
  id: z.string(),
  idempotency_key: z.string().nullable(),
  request: z.unknown(),
  status: z.enum(OPERATION_STATUSES),
  cancel_requested: z.boolean(),
  progress: z.number(),
  venue: z.enum(VENUES).nullable(),
  detected: z.enum(DETECTED).nullable(),
  left_out: storedLeftOut,
  token_label: storedLabel.nullable(),
  price: z.unknown(),
  incidents: z.record(z.string(), z.unknown()),
  partial: z.boolean(),
  settled: z.boolean(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  recovery_state: z.string().nullable(),
  recovery_at: z.date().nullable(),
  recovery_legs: z.unknown(),
  recovery_failure: z.unknown(),
  tries: z.number().int(),
  not_before: z.date().nullable(),
  created_at: z.date(),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
  restored: z.boolean(),
});

export const parseOperation = (row: unknown): Operation =>
  parseRow("operations", () => {
    const parsed = operationRow.parse(row);
    return withoutNulls({
      id: parsed.id,
      request: decodeRequest(parsed.request),
      idempotencyKey: parsed.idempotency_key,
      status: parsed.status,
      cancelRequested: parsed.cancel_requested,
      progress: parsed.progress,
      venue: parsed.venue,
      detected: parsed.detected,
      leftOut: parsed.left_out ?? null,
      tokenLabel: parsed.token_label,
      price: decodePrice(parsed.price),
      incidents: decodeIncidents(Object.values(parsed.incidents)),
      partial: parsed.partial,
      settled: parsed.settled,
      failure: parsed.failure,
      recovery:
        parsed.recovery_state === null
          ? null
          : decodeRecovery({
              state: parsed.recovery_state,
              at: parsed.recovery_at,
              legs: parsed.recovery_legs,
              failure: parsed.recovery_failure,
            }),
      tries: parsed.tries,
      notBefore: parsed.not_before,
      createdAt: parsed.created_at,
      startedAt: parsed.started_at,
      finishedAt: parsed.finished_at,
      restored: parsed.restored || null,
    });
  });
