/** Checks an operation against its present limits, and reserves its lamports under them. */
import type { Run } from "../operation/journaling.ts";
import type { Costs, Leg, Reservation, Step, StoredLimits } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { isUnset, type Limits, limitsFor, requireWithinLimits } from "./limits.ts";
import { type Bill, costsOf, reservationsOf, reserve, sumOf } from "./reservations.ts";

/**
 * Reads the limits, which may have changed since the operation was accepted, and checks the request against them.
 *
 * @param read the limits, if they were read just now
 * @throws `CTO_E_LIMITS_UNSET`, `CTO_E_LIMIT_EXCEEDED`, `CTO_E_MINT_NOT_ALLOWED`; an outage if no limits are set and
 * we cannot find out whether they must be
 */
export async function requireWithin(
  { ports, operation }: Pick<Run, "ports" | "operation">,
  { limitsRequired }: Pick<EngineSettings, "limitsRequired">,
  wallets: number,
  read?: StoredLimits,
): Promise<Limits> {
  const { request } = operation;
  const stored = read ?? (await ports.journal.readLimits(request.userId));
  const limits = limitsFor(stored, isUnset(stored) && (await limitsRequired()));
  requireWithinLimits(limits, request, wallets);
  return limits;
}

/**
 * R7: reserves what these legs' buys may spend and cost. It is called before signing. Calling it again changes
 * nothing.
 *
 * @param others other reservations of the same call; all or nothing is reserved
 * @throws `CTO_E_LIMIT_EXCEEDED`
 */
export async function reserveLegs(
  { ports, operation }: Pick<Run, "ports" | "operation">,
  limits: Limits,
  legs: readonly Leg[],
  bill: Bill,
  others: readonly Reservation[] = [],
): Promise<void> {
  const steps = await ports.journal.readSteps(operation.id);
  const reservations = [...reservationsOf(steps, legs, bill), ...others];
  await reserve(ports.journal, operation.request.userId, limits, reservations);
}

type AttemptCosts = {
  readonly step: Step;
  /** The wallet that pays. */
  readonly walletId: string;
  readonly costs: Costs;
  /** What the market said when the step's legs were reserved. */
  readonly reserved: Costs;
};

/**
 * R7 for one attempt: reserves its costs and those of the step's earlier attempts, before it is signed. A first
 * attempt that costs no more than the market said is already reserved.
 *
 * @throws `CTO_E_LIMIT_EXCEEDED`
 */
export async function reserveAttempt(
  { ports, operation }: Pick<Run, "ports" | "operation">,
  limits: Limits,
  { step, walletId, costs, reserved }: AttemptCosts,
): Promise<void> {
  if (step.attempts.length === 0 && sumOf(costs) <= sumOf(reserved)) return;
  await reserve(ports.journal, operation.request.userId, limits, [costsOf(step, walletId, costs)]);
}
