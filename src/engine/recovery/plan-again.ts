/**
 * Plans a return again that an earlier run planned, and of which nothing can land: it was never signed, or each of its attempts
 * is dead. If another recovery or a sweep has taken SOL from its wallet meanwhile, the first plan would return too little, or
 * money that came later.
 */
import { once } from "../../base/once.ts";
import { CTOError } from "../../errors/index.ts";
import { LeaseLost, type Run } from "../operation/journaling.ts";
import { createWaves } from "../operation/waves.ts";
import type { Lamports, Leg, RecoveryLeg } from "../ports.ts";
import { owedBy } from "./conservation.ts";
import type { PlanOf } from "./drive-recoveries.ts";
import { paidIn } from "./landing.ts";
import { readHistories } from "./leg-history.ts";
import { ALL_SWEPT, type Taken, takenByOthers } from "./taken.ts";

export type Planned = {
  readonly legs: readonly Leg[];
  /** The plans in the journal. */
  readonly planned: readonly RecoveryLeg[];
  /** Whether this run has planned the leg. */
  isNew(leg: Leg): boolean;
};

/**
 * Returns the first plan, less what others have taken since the funding. It owes what it owed: an endpoint that lags, and does
 * not show its token accounts, would end the return.
 *
 * @param before what the wallet held before its funding, as one endpoint says it
 */
export function lessTaken(first: RecoveryLeg, before: bigint, { recovered, swept }: Taken): RecoveryLeg {
  if (swept) return { ...first, owed: 0n as Lamports, accounts: [], why: ALL_SWEPT };
  const less = (held: bigint): bigint => (held > recovered ? held - recovered : 0n);
  // The first plan has counted all of what was taken, a part of it, or none. So whatever an endpoint says is bounded.
  const bounded = [less(first.before), less(before), first.before].toSorted((a, b) => Number(a - b))[1];
  return { ...first, before: bounded as Lamports };
}

/** Whether what was taken changes nothing: where the wallet had nothing before, or paid for itself, only a sweep does. */
const changesNothing = ({ before }: RecoveryLeg, { recovered, swept }: Taken): boolean =>
  !swept && (recovered === 0n || before === 0n);

/**
 * Returns the plan of a leg. It is calculated again only if nothing of the return can land, and if by the journal another
 * return or a sweep has taken from its wallet since its funding. So other legs depend on no further read.
 */
export function planAgain(run: Run, { legs, planned, isNew }: Planned): PlanOf {
  const { journal, clock, chain } = run.ports;
  const { id } = run.operation;
  const taken = once(() => takenByOthers(run));
  // A journal may lose one of two plans that are written at the same moment.
  const write = createWaves<RecoveryLeg, RecoveryLeg>(clock, async (plans) => {
    if (!(await journal.writeRecovery(id, run.lease, plans, []))) throw new LeaseLost(id);
    return plans;
  });
  return async (leg, { id: stepId, status }) => {
    const first = planned.find((plan) => plan.leg === leg.index) ?? null;
    if (first === null || status !== "ready" || isNew(leg)) return first;
    const takenSince = await taken();
    const steps = await journal.readSteps(id);
    const paid = paidIn(steps, legs, leg);
    if (paid !== null) {
      const since = takenSince(leg.walletId, paid);
      if (changesNothing(first, since)) return first;
      if (since.swept) return write(lessTaken(first, first.before, since));
    }
    const history = (await readHistories(chain, steps, legs, [leg])).get(leg.index);
    const from = history?.fund ?? history?.buys[0];
    if (history === undefined || from === undefined) {
      const reason = "an endpoint shows nothing that paid its wallet, although the first plan had it";
      throw new CTOError("CTO_E_RECOVERY_UNPROVED", { step: stepId, reason });
    }
    const since = takenSince(leg.walletId, from.slot);
    if (changesNothing(first, since)) return first;
    return write(lessTaken(first, owedBy(history, []).before, since));
  };
}
