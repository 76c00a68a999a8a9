/**
 * Offers limits, the halt, reviews and API keys to external applications, with the same services as HTTP and the
 * command line.
 */

import { toJob } from "../contract/present.ts";
import type { ApiKeyRequest, CTOJob } from "../contract/types.ts";
import type { ApiKey, Halt, LimitSet, OperationStatus, Resolution } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { actorOf } from "../runtime/audit-log.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { withWorkerPorts } from "../runtime/worker-ports.ts";
import { createApiKey, revokeApiKey, rollApiKey } from "../services/api-keys.ts";
import { defaultChainPorts } from "../services/default-tokens.ts";
import {
  halt,
  type LimitChanges,
  type LimitsView,
  resume,
  setLimits,
  viewLimits,
} from "../services/limits.ts";
import { resolveStep } from "../services/resolve-step.ts";
import { type Review, reviewOperation } from "../services/review.ts";

/**
 * Returns the limits, and the user's spending.
 *
 * @param userId null for the limits of everyone
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function getCTOLimits(userId: string | null): Promise<LimitsView> {
  return viewLimits(await defaultContext(), userId);
}

type Plain<Value> = Value extends bigint
  ? bigint
  : Value extends readonly string[]
    ? readonly string[]
    : Value;
/** Limits as `LimitSet` has them, with amounts as plain `bigint` and addresses as plain text. */
export type CTOLimitChanges = { readonly [Field in keyof LimitSet]?: Plain<LimitSet[Field]> | undefined };

/**
 * Changes the limits of a user, or of everyone if `userId` is null. Fields that are not given keep their values. `null`
 * means no limit; `undefined` makes the value for everyone apply again.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USAGE`
 * @example
 * await setCTOLimits("user123", { maxOperationLamports: 5_000_000_000n });
 */
export async function setCTOLimits(userId: string | null, changes: CTOLimitChanges): Promise<LimitSet> {
  // The service checks every value: amounts, and that each address is one.
  return setLimits(await defaultContext(), userId, changes as LimitChanges);
}

/** Stops all new signatures in every process. Transactions in flight are followed to their end. */
export async function haltCTOSigning(reason: string): Promise<Halt> {
  return halt(await defaultContext(), reason);
}

/** Allows signing again. Returns null if it was not halted. */
export async function resumeCTOSigning(): Promise<Halt | null> {
  return resume(await defaultContext());
}

/** Returns the halt; null if signing is not halted. */
export async function getCTOHalt(): Promise<Halt | null> {
  return (await defaultContext()).journal.readHalt();
}

/**
 * Returns the steps whose outcome cannot be proved, each with the current status of every attempt on every endpoint.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CONFIG_NO_CLUSTER`
 */
export async function reviewCTOOperation(jobId: string): Promise<Review> {
  return reviewOperation(await defaultContext(), await defaultChainPorts(), jobId);
}

export type CTODecision = {
  readonly resolution: Resolution;
  /** The person who decides, and the reason. Both are stored. */
  readonly reviewer: string;
  readonly reason: string;
  /** Decide even if the evidence does not support the decision. This cannot override a landed transaction. */
  readonly force?: boolean;
};

/**
 * Decides about a step in review. This is a decision about money.
 *
 * @throws `CTO_E_STEP_UNKNOWN`, `CTO_E_REVIEW_REFUSED`, `CTO_E_REVIEW_BUSY`
 * @example
 * await resolveCTOStep("op_4fQ….buy.3", { resolution: "dead", reviewer: "bob", reason: "two explorers do not know it" });
 */
export async function resolveCTOStep(
  stepId: string,
  decision: CTODecision,
): Promise<{ jobId: string; status: OperationStatus; data: CTOJob }> {
  const context = await defaultContext();
  const operation = await withWorkerPorts(context, (ports) =>
    resolveStep(context, ports, stepId, { ...decision, actor: actorOf(context.config) }),
  );
  return { jobId: operation.id, status: operation.status, data: toJob(operation) };
}

/**
 * Creates a key of the HTTP API. Only this function's result contains the secret.
 *
 * @throws `CTO_E_API_KEY_INVALID`, `CTO_E_USER_UNKNOWN`
 */
export async function createCTOApiKey(request: ApiKeyRequest): Promise<{ key: ApiKey; secret: string }> {
  return createApiKey(await defaultContext(), request);
}

export async function listCTOApiKeys(): Promise<ApiKey[]> {
  return (await defaultContext()).journal.listApiKeys();
}

/** @throws `CTO_E_API_KEY_UNKNOWN` */
export async function revokeCTOApiKey(keyId: string): Promise<ApiKey> {
  return revokeApiKey(await defaultContext(), keyId);
}

/**
 * Creates a key in the place of another one, with the same rights. The old key continues for the overlap.
 *
 * @param options.overlapHours from 0 to 720. Default: 24
 * @throws `CTO_E_API_KEY_UNKNOWN`, `CTO_E_USAGE`
 */
export async function rollCTOApiKey(
  keyId: string,
  { overlapHours = 24 }: { overlapHours?: number } = {},
): Promise<{ key: ApiKey; secret: string }> {
  if (!(overlapHours >= 0 && overlapHours <= 720)) {
    throw new CTOError("CTO_E_USAGE", {
      problem: `overlapHours is from 0 to 720, not ${String(overlapHours)}`,
    });
  }
  return rollApiKey(await defaultContext(), keyId, Math.round(overlapHours * 3_600_000));
}
