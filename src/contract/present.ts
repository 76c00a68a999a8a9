/**
 * Converts the journal's records into what callers receive: JSON-safe, with lamports and token amounts as decimal
 * strings.
 */

import { underPublicUrl } from "../base/public-url.ts";
import { formatSol } from "../base/sol.ts";
import { incidentFailure } from "../engine/operation/incidents.ts";
import {
  type LegResult,
  previousLeast,
  type RecoveryResult,
  summarise,
  summariseRecovery,
} from "../engine/operation/result.ts";
import type { Halt, Incident, Leg, Operation, Step } from "../engine/ports.ts";
import { isUnderWay } from "../engine/ports.ts";
import type { CTOIncident, CTOJob, CTOJobStatus, CTOLegResult, CTORecovery, CTOResult } from "./types.ts";

/** The job, as the caller requested it. */
export const toJob = ({ request }: Operation): CTOJob => ({
  userId: request.userId,
  userChatId: request.userChatId,
  tokenAddress: request.tokenAddress,
  buyAmount: Number(formatSol(request.buyLamports)),
  mode: request.mode,
  platform: request.platform,
  ...(request.socketUserId !== undefined ? { socketUserId: request.socketUserId } : {}),
});

const toLeg = (
  { lamports, leastTokens, tokensReceived, slot, ...rest }: LegResult,
  previous: bigint | undefined,
): CTOLegResult => ({
  ...rest,
  lamports: String(lamports),
  ...(leastTokens !== undefined ? { leastTokens: String(leastTokens) } : {}),
  ...(previous !== undefined ? { previousLeastTokens: String(previous) } : {}),
  ...(tokensReceived !== undefined ? { tokensReceived: String(tokensReceived) } : {}),
  ...(slot !== undefined ? { slot: String(slot) } : {}),
});

export const toIncident = (incident: Incident): CTOIncident => ({
  ...incident,
  slot: String(incident.slot),
  received: String(incident.received),
  least: String(incident.least),
  failure: incidentFailure(incident),
});

export const toRecovery = ({ state, returned, legs, failure }: RecoveryResult): CTORecovery => ({
  state,
  returnedLamports: String(returned),
  legs: legs.map(({ returned: back, left, slot, ...rest }) => ({
    ...rest,
    returnedLamports: String(back),
    leftLamports: String(left),
    ...(slot !== undefined ? { slot: String(slot) } : {}),
  })),
  ...(failure ? { failure } : {}),
});

export function toResult(operation: Operation, legs: readonly Leg[], steps: readonly Step[]): CTOResult {
  const { landed, spentLamports, tokensReceived, costs, legs: results } = summarise(legs, steps);
  const recovery = summariseRecovery(operation, legs, steps);
  return {
    ...(operation.venue ? { venue: operation.venue } : {}),
    ...(operation.detected ? { detected: operation.detected } : {}),
    ...(operation.price ? { price: operation.price } : {}),
    legs: results.map((leg) => toLeg(leg, previousLeast(operation.request, leg.walletId))),
    ...(operation.leftOut ? { leftOut: [...operation.leftOut] } : {}),
    landed,
    ...(operation.incidents ? { incidents: operation.incidents.map(toIncident) } : {}),
    partial: operation.partial,
    needsReview: steps.some(({ status }) => status === "needs_review"),
    spentLamports: String(spentLamports),
    ...(tokensReceived !== undefined ? { tokensReceived: String(tokensReceived) } : {}),
    ...(recovery ? { recovery: toRecovery(recovery) } : {}),
    costs: {
      networkLamports: String(costs.network),
      priorityLamports: String(costs.priority),
      rentLamports: String(costs.rent),
    },
  };
}

/** An operation that needs review has not ended: its status is `active`, and `result.needsReview` is true. */
export const publicStatus = (operation: Operation, held: boolean) => {
  if (operation.status === "needs_review") return "active";
  if (isUnderWay(operation)) return held ? "active" : "waiting";
  return operation.status;
};

export function toStatus(
  operation: Operation,
  legs: readonly Leg[],
  steps: readonly Step[],
  {
    held,
    halt,
    publicUrl,
    retriedBy,
  }: { held: boolean; halt: Halt | null; publicUrl: string | undefined; retriedBy: string | null },
): CTOJobStatus {
  const { failure, finishedAt, startedAt, request } = operation;
  const { retry, tags, reference, notBefore, expiresAt } = request;
  return {
    jobId: operation.id,
    status: publicStatus(operation, held),
    progress: operation.progress,
    data: toJob(operation),
    ...(operation.tokenLabel ? { tokenLabel: operation.tokenLabel } : {}),
    ...(finishedAt ? { finishedOn: finishedAt.getTime() } : {}),
    ...(startedAt ? { processedOn: startedAt.getTime() } : {}),
    ...(failure ? { failedReason: failure.message, failure } : {}),
    result: toResult(operation, legs, steps),
    settled: operation.settled,
    ...(retry ? { retryOf: retry.of } : {}),
    ...(retriedBy !== null ? { retriedBy } : {}),
    ...(tags ? { tags: [...tags] } : {}),
    ...(reference !== undefined ? { reference } : {}),
    ...(notBefore ? { notBefore: notBefore.getTime() } : {}),
    ...(expiresAt ? { expiresAt: expiresAt.getTime() } : {}),
    ...(halt ? { halted: { reason: halt.reason } } : {}),
    ...(publicUrl ? { receiptUrl: underPublicUrl(publicUrl, `/r/${operation.id}`) } : {}),
  };
}
