/** Limits, the halt, reviews and API keys for external applications, by the services that HTTP and the command line use. */
import { toJob } from "../contract/present.ts";
import type { ApiKeyRequest, CTOJob } from "../contract/types.ts";
import type { ApiKey, Halt, LimitSet, OperationStatus, Resolution } from "../engine/ports.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { withWorkerPorts } from "../runtime/worker-ports.ts";
import { createApiKey, revokeApiKey } from "../services/api-keys.ts";
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
 * The limits as they are set, and what the user has spent under them.
 * @param userId null: those for everyone
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function getCTOLimits(userId: string | null): Promise<LimitsView> {
  return viewLimits(await defaultContext(), userId);
}

/**
 * Changes a user's limits, or with null those for everyone. What is not named stays; `null` is no limit, and `undefined` lets
 * the limit for everyone decide again.
 * @throws `CTO_E_USER_UNKNOWN`
 */
export async function setCTOLimits(userId: string | null, changes: Partial<LimitChanges>): Promise<LimitSet> {
  return setLimits(await defaultContext(), userId, changes);
}

/** Stops all signing, everywhere: what is in flight is followed to its end. */
export async function haltCTOSigning(reason: string): Promise<Halt> {
  return halt(await defaultContext(), reason);
}

/** Lets signing go on. Null: it was not stopped. */
export async function resumeCTOSigning(): Promise<Halt | null> {
  return resume(await defaultContext());
}

/** Null while signing is not stopped. */
export async function getCTOHalt(): Promise<Halt | null> {
  return (await defaultContext()).journal.readHalt();
}

/**
 * The steps whose fate cannot be proved, with what every endpoint says of each attempt now.
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CONFIG_NO_CLUSTER`
 */
export async function reviewCTOOperation(jobId: string): Promise<Review> {
  return reviewOperation(await defaultContext(), await defaultChainPorts(), jobId);
}

export type CTODecision = {
  readonly resolution: Resolution;
  /** Who decides, and why: both stay on record. */
  readonly reviewer: string;
  readonly reason: string;
  /** Decide although the evidence does not bear it out; never against a landed transaction. */
  readonly force?: boolean;
};

/**
 * Decides about a step that a review shows. Whoever does it decides about money.
 * @throws `CTO_E_STEP_UNKNOWN`, `CTO_E_REVIEW_REFUSED`, `CTO_E_REVIEW_BUSY`
 * @example
 * await resolveCTOStep("op_4fQ….buy.3", { resolution: "dead", reviewer: "bob", reason: "two explorers do not know it" });
 */
export async function resolveCTOStep(
  stepId: string,
  { resolution, reviewer, reason, force = false }: CTODecision,
): Promise<{ jobId: string; status: OperationStatus; data: CTOJob }> {
  const context = await defaultContext();
  const operation = await withWorkerPorts(context, (ports) =>
    resolveStep(context, ports, stepId, resolution, reviewer, reason, { force }),
  );
  return { jobId: operation.id, status: operation.status, data: toJob(operation) };
}

/**
 * Makes a key of the HTTP API. The secret is shown this once.
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
