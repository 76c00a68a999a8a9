/**
 * Plans a return again that an earlier run planned, and that was never signed. If another recovery or a sweep has taken SOL
 * from its wallet meanwhile, the first plan would return too little, or money that came later.
 */
import { once } from "../../base/once.ts";
import { LeaseLost, type Run } from "../operation/journaling.ts";
import { createWaves } from "../operation/waves.ts";
import type { Leg, RecoveryLeg } from "../ports.ts";
import type { PlanOf } from "./drive-recoveries.ts";
import { planRecovery } from "./plan-recovery.ts";
import type { Recovering } from "./sign-recovery.ts";
import { takenByOthers } from "./taken.ts";

/** Before every slot. */
const EVER = -1n;

export type Planned = {
  readonly legs: readonly Leg[];
  /** The plans in the journal. */
  readonly planned: readonly RecoveryLeg[];
  /** Whether this run has planned the leg. */
  isNew(leg: Leg): boolean;
};

/**
 * Returns the plan of a leg. It is read from the chain again only if nothing of the return was ever signed, and if by the
 * journal another return or a sweep has ever landed from its wallet. So other legs depend on no further read.
 */
export function planAgain(run: Run, scene: Recovering, { legs, planned, isNew }: Planned): PlanOf {
  const { journal, clock } = run.ports;
  const { id } = run.operation;
  const taken = once(() => takenByOthers(run));
  // A journal may lose one of two plans that are written at the same moment.
  const write = createWaves<RecoveryLeg, RecoveryLeg>(clock, async (plans) => {
    if (!(await journal.writeRecovery(id, run.lease, plans, []))) throw new LeaseLost(id);
    return plans;
  });
  return async (leg, { status, attempts }) => {
    const first = planned.find((plan) => plan.leg === leg.index) ?? null;
    if (status !== "ready" || attempts.length > 0 || isNew(leg)) return first;
    const { recovered, swept } = (await taken())(leg.walletId, EVER);
    if (!swept && recovered === 0n) return first;
    const steps = await journal.readSteps(id);
    const { returns } = await planRecovery(run, scene, { legs, missing: [leg], steps });
    const [again] = returns;
    if (again === undefined) return first;
    const { back: _back, ...plan } = again;
    return write(plan);
  };
}
