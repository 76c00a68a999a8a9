/** An operation's limits as the journal has them now, and its reservation under them. */
import type { Run } from "./journaling.ts";
import {
  type Limits,
  limitsFor,
  type Measured,
  requireWithinLimits,
  reservationsOf,
  reserve,
} from "./limits.ts";
import type { Leg } from "./ports.ts";
import type { EngineSettings } from "./settings.ts";

/**
 * Reads the limits, which may have changed since the operation was accepted, and checks what was asked for.
 * @throws `CTO_E_LIMITS_UNSET`, `CTO_E_LIMIT_EXCEEDED`, `CTO_E_MINT_NOT_ALLOWED`
 */
export async function requireWithin(
  { ports, operation }: Pick<Run, "ports" | "operation">,
  { limitsRequired }: Pick<EngineSettings, "limitsRequired">,
  wallets: number,
): Promise<Limits> {
  const { request } = operation;
  const limits = limitsFor(await ports.journal.readLimits(request.userId), limitsRequired);
  requireWithinLimits(limits, request, wallets);
  return limits;
}

/**
 * R7: reserves what these legs' buys may spend. Whoever signs calls it first; calling it again changes nothing.
 * @throws `CTO_E_LIMIT_EXCEEDED`
 */
export async function reserveLegs(
  { ports, operation }: Pick<Run, "ports" | "operation">,
  limits: Limits,
  legs: readonly Leg[],
  measuredOf: (leg: Leg) => Measured,
): Promise<void> {
  const steps = await ports.journal.readSteps(operation.id);
  await reserve(ports.journal, operation.request.userId, limits, reservationsOf(steps, legs, measuredOf));
}
