/**
 * Converts the journal's records to the API's types: lamports and token amounts become decimal text, absent values
 * become null.
 */

import { underPublicUrl } from "../base/public-url.ts";
import { toIncident } from "../contract/present.ts";
import { type LegResult, previousLeast, summarise, summariseRecovery } from "../engine/operation/result.ts";
import type {
  ApiKey,
  Costs,
  Failure,
  Halt,
  Leg,
  LimitSet,
  Operation,
  Parts,
  Step,
  StoredEvent,
  User,
  Wallet,
} from "../engine/ports.ts";
import { isUnderWay } from "../engine/ports.ts";
import { type ErrorCode, REGISTRY } from "../errors/index.ts";
import type { LimitsView } from "../services/limits.ts";
import type { RecoveryPreview } from "../services/preview-recovery.ts";
import type { RecoverAnswer } from "../services/recovery.ts";
import type { Review } from "../services/review.ts";
import type { WalletBalance } from "../services/wallet-list.ts";
import type { KeyInfo } from "./schemas/keys.ts";
import type { HaltView, LimitSetView, LimitsAnswer } from "./schemas/limits.ts";
import type { EventView, LegView, OperationDetail, OperationView, StepView } from "./schemas/operations.ts";
import type { RecoveryPreviewView, RecoveryView } from "./schemas/recovery.ts";
import type { ReviewView } from "./schemas/review.ts";
import type { UserView, WalletView } from "./schemas/wallets.ts";

const textOf = (amount: bigint | undefined): string | null => (amount === undefined ? null : String(amount));
const timeOf = (date: Date | undefined): string | null => date?.toISOString() ?? null;

/** A code of an older release may no longer be in the registry. */
const remedyOf = (code: string): string | null =>
  Object.hasOwn(REGISTRY, code) ? REGISTRY[code as ErrorCode].remedy : null;

const toFailure = (failure: Failure | undefined): OperationView["failure"] =>
  failure === undefined ? null : { ...failure, remedy: remedyOf(failure.code) };

const toCosts = (costs: Record<keyof Costs, bigint>): OperationDetail["totals"]["costs"] => ({
  networkLamports: String(costs.network),
  priorityLamports: String(costs.priority),
  rentLamports: String(costs.rent),
});

const toLeg = (result: LegResult, previous: bigint | undefined): LegView => ({
  leg: result.leg,
  walletId: result.walletId,
  address: result.address,
  lamports: String(result.lamports),
  status: result.status,
  attempts: result.attempts,
  venue: result.venue ?? null,
  leastTokens: textOf(result.leastTokens),
  previousLeastTokens: textOf(previous),
  tokensReceived: textOf(result.tokensReceived),
  signature: result.signature ?? null,
  slot: textOf(result.slot),
  failure: toFailure(result.failure),
});

export const toLegs = (
  { request }: Pick<Operation, "request">,
  legs: readonly Leg[],
  steps: readonly Step[],
): LegView[] => summarise(legs, steps).legs.map((leg) => toLeg(leg, previousLeast(request, leg.walletId)));

/** @param publicUrl CTO_PUBLIC_URL: without it, the receipt's URL is relative */
export const toOperation = (operation: Operation, publicUrl: string | undefined): OperationView => {
  const { request, idempotencyKey, failure, createdAt, startedAt, finishedAt } = operation;
  const receipt = `/r/${operation.id}`;
  return {
    id: operation.id,
    status: operation.status,
    progress: operation.progress,
    userId: request.userId,
    userChatId: request.userChatId,
    tokenAddress: request.tokenAddress,
    tokenLabel: operation.tokenLabel ?? null,
    mode: request.mode,
    platform: request.platform,
    detected: operation.detected ?? null,
    venue: operation.venue ?? null,
    buyLamports: String(request.buyLamports),
    socketUserId: request.socketUserId ?? null,
    priority: request.priority,
    slippageBps: request.slippageBps,
    maxPriceImpactBps: request.maxPriceImpactBps ?? null,
    maxPrice: request.maxPrice ?? null,
    maxPriceDeviationBps: request.maxPriceDeviationBps ?? null,
    maxTransferFeeBps: request.maxTransferFeeBps ?? null,
    price: operation.price ?? null,
    weights: request.weights ? [...request.weights] : null,
    walletIds: request.walletIds ? [...request.walletIds] : null,
    skipUnfit: request.skipUnfit === true,
    parallelism: request.parallelism,
    notBefore: timeOf(request.notBefore),
    expiresAt: timeOf(request.expiresAt),
    tags: [...(request.tags ?? [])],
    reference: request.reference ?? null,
    retryOf: request.retry?.of ?? null,
    idempotencyKey: idempotencyKey ?? null,
    cancelRequested: operation.cancelRequested,
    partial: operation.partial,
    settled: operation.settled,
    failure: toFailure(failure),
    createdAt: createdAt.toISOString(),
    startedAt: timeOf(startedAt),
    finishedAt: timeOf(finishedAt),
    receiptUrl: publicUrl === undefined ? receipt : underPublicUrl(publicUrl, receipt),
  };
};

export function toTotals(legs: readonly Leg[], steps: readonly Step[]): OperationDetail["totals"] {
  const result = summarise(legs, steps);
  return {
    legs: legs.length,
    landed: result.landed,
    spentLamports: String(result.spentLamports),
    tokensReceived: textOf(result.tokensReceived),
    needsReview: steps.some(({ status }) => status === "needs_review"),
    costs: toCosts(result.costs),
  };
}

function toReturned(
  operation: Operation,
  legs: readonly Leg[],
  steps: readonly Step[],
): OperationDetail["recovery"] {
  const recovery = summariseRecovery(operation, legs, steps);
  if (recovery === null) return null;
  const left = recovery.legs.reduce((all, one) => all + one.left, 0n);
  return {
    state: recovery.state,
    returnedLamports: String(recovery.returned),
    leftLamports: String(left),
  };
}

export function toDetail(
  operation: Operation,
  legs: readonly Leg[],
  steps: readonly Step[],
  {
    halt,
    publicUrl,
    retriedBy,
  }: { halt: Halt | null; publicUrl: string | undefined; retriedBy: string | null },
): OperationDetail {
  return {
    ...toOperation(operation, publicUrl),
    halted: halt !== null && isUnderWay(operation) ? { reason: halt.reason } : null,
    legs: toLegs(operation, legs, steps),
    retriedBy,
    restored: operation.restored ?? false,
    leftOut: [...(operation.leftOut ?? [])],
    incidents: (operation.incidents ?? []).map((incident) => {
      const { failure, ...rest } = toIncident(incident);
      return { ...rest, failure: { ...failure, remedy: remedyOf(failure.code) } };
    }),
    totals: toTotals(legs, steps),
    recovery: toReturned(operation, legs, steps),
  };
}

/** Omits the signed bytes, which only the worker needs. */
export const toStep = ({ id, kind, number: leg, status, failure, attempts }: Step): StepView => ({
  id,
  kind,
  leg,
  status,
  failure: toFailure(failure),
  attempts: attempts.map((attempt) => ({
    number: attempt.number,
    status: attempt.status,
    signature: attempt.signature,
    venue: attempt.venue ?? null,
    quotedTokensOut: textOf(attempt.quotedTokensOut),
    minTokensOut: textOf(attempt.minTokensOut),
    costs: toCosts(attempt.costs),
    slot: textOf(attempt.slot),
    reason: attempt.reason ?? null,
    blockhash: attempt.blockhash,
    lastValidBlockHeight: String(attempt.lastValidBlockHeight),
    createdAt: attempt.createdAt.toISOString(),
  })),
});

/** Converts an event for HTTP and Socket.IO. */
export const toEvent = (jobId: string, event: StoredEvent): EventView => {
  const { at, ...fields } = event;
  const plain = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "bigint" ? String(value) : value,
  ]);
  return { ...Object.fromEntries(plain), jobId, at: at.toISOString() } as EventView;
};

export const toKeyInfo = (key: ApiKey): KeyInfo => ({
  id: key.id,
  name: key.name,
  scopes: [...key.scopes],
  userId: key.userId ?? null,
  createdAt: key.createdAt.toISOString(),
  createdBy: key.createdBy,
  lastUsedAt: timeOf(key.lastUsedAt),
  revokedAt: timeOf(key.revokedAt),
  expiresAt: timeOf(key.expiresAt),
  addresses: key.addresses === undefined ? null : [...key.addresses],
});

export const toHalt = ({ by, reason, at }: Halt): HaltView => ({ by, reason, at: at.toISOString() });

export const toUser = ({ id, name, createdAt }: User): UserView => ({
  id,
  name: name ?? null,
  createdAt: createdAt.toISOString(),
});

export const toWallet = (wallet: Wallet, balance?: WalletBalance): WalletView => ({
  id: wallet.id,
  userId: wallet.userId,
  role: wallet.role,
  address: wallet.address,
  position: wallet.position,
  label: wallet.label ?? null,
  disabled: wallet.disabledAt !== undefined,
  createdAt: wallet.createdAt.toISOString(),
  balance:
    balance === undefined
      ? null
      : { lamports: String(balance.lamports), tokens: textOf(balance.tokens ?? undefined) },
});

const toLimitSet = (set: LimitSet | null): LimitSetView | null => {
  if (set === null) return null;
  const plain = Object.entries(set).map(([field, value]) => [
    field,
    typeof value === "bigint" ? String(value) : value,
  ]);
  return Object.fromEntries(plain) as LimitSetView;
};

const toParts = ({ spending, costs }: Parts) => ({ spending: String(spending), costs: String(costs) });
const toTotal = ({ spending, costs }: Parts): string => String(spending + costs);

export const toLimits = ({ everyone, own, spending }: LimitsView): LimitsAnswer => ({
  everyone: toLimitSet(everyone),
  own: toLimitSet(own),
  spending:
    spending === null
      ? null
      : {
          dayLamports: toTotal(spending.day),
          day: toParts(spending.day),
          wallets: Object.fromEntries([...spending.wallets].map(([id, parts]) => [id, toTotal(parts)])),
          walletParts: Object.fromEntries([...spending.wallets].map(([id, parts]) => [id, toParts(parts)])),
        },
});

export const toReview = ({ operationId, status, steps }: Review): ReviewView => ({
  operationId,
  status,
  steps: steps.map((step) => ({
    ...step,
    lamports: textOf(step.lamports ?? undefined),
    failure: toFailure(step.failure ?? undefined),
    attempts: step.attempts.map((attempt) => ({
      ...attempt,
      signedAt: attempt.signedAt.toISOString(),
      lastValidBlockHeight: String(attempt.lastValidBlockHeight),
      blockhashSlot: String(attempt.blockhashSlot),
      endpoints: attempt.endpoints.map((one) => ({ ...one, finalizedHeight: String(one.finalizedHeight) })),
    })),
  })),
});

export const toRecovery = ({ failure, legs, ...answer }: RecoverAnswer): RecoveryView => ({
  ...answer,
  failure: toFailure(failure),
  legs: legs.map(({ signature, slot, why, ...leg }) => ({
    ...leg,
    signature: signature ?? null,
    slot: slot ?? null,
    why: why ?? null,
  })),
});

export const toRecoveryPreview = ({ legs, ...preview }: RecoveryPreview): RecoveryPreviewView => ({
  ...preview,
  legs: legs.map((leg) => ({ ...leg, why: leg.why ?? null })),
});
