/**
 * Returns what an operation has left in its wallets to the funding wallet, openly and at most once per leg. The legs'
 * `recover` steps are journaled, signed and followed under the same rules as the buys.
 *
 * It begins only when nothing else of the operation can land any more (see `requestRecovery`), and continues from the
 * journal after a crash at any line.
 */

import { once } from "../../base/once.ts";
import { isOutage, toFailure } from "../../errors/index.ts";
import { settleReserved } from "../limits/reservations.ts";
import { LeaseLost, type Run } from "../operation/journaling.ts";
import type { RunOptions } from "../operation/run.ts";
import type { Leg, Ports, Step } from "../ports.ts";
import { ENGINE_DEFAULTS } from "../settings.ts";
import { isAtRest } from "../step/status.ts";
import { requireRecoveryFees } from "../transaction/costs.ts";
import { driveRecoveries, feeOf, openScene, payingWallet } from "./drive-recoveries.ts";
import { planAgain } from "./plan-again.ts";
import { planRecovery, unplannedLegs } from "./plan-recovery.ts";
import type { Recovering } from "./sign-recovery.ts";
import { driveSweep } from "./sweep.ts";

/**
 * Carries out the requested recovery to its end, or to a state where only a later run can continue.
 *
 * @throws `LeaseLost` or `Interrupted` if another run must continue; an outage's error if it is worth trying again
 */
export async function recoverOperation(ports: Ports, id: string, options: RunOptions): Promise<void> {
  const { journal } = ports;
  const operation = await journal.beginOperation(id, options.lease);
  if (operation === null) throw new LeaseLost(`operation ${id}`);
  const { recovery } = operation;
  if (recovery === undefined || recovery.state === "done") return;
  const run: Run = { ports, operation, lease: options.lease, signal: options.signal };
  // If this run dies from here on, the requeuer must find the recovery at once.
  if (recovery.state === "needs_review") await journal.changeRecovery(id, run.lease, { state: "requested" });
  const settings = options.settings ?? ENGINE_DEFAULTS;
  const legs = await journal.readLegs(id);
  const scene = once(() => openScene(run, options.wallets));
  const sweeps = operation.request.purpose === "sweep";
  const missing = new Set(unplannedLegs(legs, await journal.readSteps(id)));
  const unplanned = sweeps ? null : await attempted(run, async () => planMissing(run, await scene(), legs));
  const planned = (await journal.readOperation(id))?.recovery?.legs ?? [];
  const returnFunds = async (): Promise<void> => {
    const planOf = planAgain(run, { legs, planned, isNew: (leg) => missing.has(leg) });
    const shared = payingWallet(operation, options.wallets)?.address ?? null;
    await driveRecoveries(run, settings, { scene, shared, legs, planOf, cancellable: false });
  };
  // We drive what an earlier run has signed to rest, even if this run has no plan for the other legs.
  const undriven = await tried(run, async () =>
    sweeps ? driveSweep(run, settings, { scene, legs, wallets: options.wallets }) : returnFunds(),
  );
  if (unplanned !== null && isOutage(unplanned)) throw unplanned;
  const refusal = unplanned ?? undriven;
  const steps = (await journal.readSteps(id)).filter(({ kind }) => kind === "recover");
  // What was refused before it was signed stays `ready`. A person must see why, and a later run tries it again.
  const isLeft = ({ status }: Step): boolean => status === "ready" && refusal !== null;
  if (steps.some((step) => !isAtRest(step.status) && !isLeft(step))) throw refusal;
  await settleReserved(ports, operation, steps);
  const undecided = steps.some((step) => step.status === "needs_review" || isLeft(step));
  const state = undecided ? "needs_review" : "done";
  const failure = refusal === null ? {} : { failure: toFailure(refusal) };
  if (!(await journal.changeRecovery(id, run.lease, { state, ...failure }))) throw new LeaseLost(id);
}

/** Runs `work`. Returns what stopped it, and throws if this run must stop. */
async function attempted(run: Run, work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof LeaseLost || run.signal.aborted) throw error;
    return error;
  }
}

/** Runs `work`. Returns a refusal, and throws an outage, which is worth trying again later. */
async function tried(run: Run, work: () => Promise<void>): Promise<unknown> {
  const error = await attempted(run, work);
  if (error !== null && isOutage(error)) throw error;
  return error;
}

/** Reads the chain for the legs that have no step yet, and writes what they owe, with their steps. */
async function planMissing(run: Run, scene: Recovering, legs: readonly Leg[]): Promise<void> {
  const { journal } = run.ports;
  const { id } = run.operation;
  const steps = await journal.readSteps(id);
  const missing = unplannedLegs(legs, steps);
  if (missing.length === 0) return;
  const { returns, payerBalance, cluster } = await planRecovery(run, scene, { legs, missing, steps });
  const due = returns.filter(({ back }) => back > 0n).map(({ leg }) => leg);
  if (scene.payer !== null) {
    requireRecoveryFees(cluster, scene.payer.address, payerBalance, BigInt(due.length) * feeOf(scene));
  }
  const plain = returns.map(({ back: _back, ...leg }) => leg);
  if (!(await journal.writeRecovery(id, run.lease, plain, due))) throw new LeaseLost(id);
}
