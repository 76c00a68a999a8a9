/**
 * R7 and P6: what is reserved under the limits before a step is signed, and what of it stays counted once the step is
 * at rest. Everything that leaves a wallet is counted: what a buy spends, and what its transactions cost.
 */

import { formatSol } from "../../base/sol.ts";
import { CTOError } from "../../errors/index.ts";
import type {
  Attempt,
  Costs,
  Journal,
  Lamports,
  Leg,
  Operation,
  Overspending,
  Parts,
  Reservation,
  Spending,
  SpendingCaps,
  Step,
  Taken,
} from "../ports.ts";
import { hasFailed } from "../step/status.ts";
import type { Limits } from "./limits.ts";

const sol = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

export const sumOf = ({ network, priority, rent }: Costs): bigint => network + priority + rent;

/** The fees of attempts that are on chain with an error: these have left their wallet for good. */
export const feesLost = (attempts: readonly Attempt[]): bigint =>
  attempts
    .filter(({ status, slot }) => status === "dead" && slot !== undefined)
    .reduce((all, { costs }) => all + costs.network + costs.priority, 0n);

/** What legs' buys spend and cost, and who pays. */
export type Bill = {
  /** Of the leg's next attempt. */
  readonly costsOf: (leg: Leg) => Costs;
  /** Null: each buyer pays for itself. */
  readonly funding: { readonly walletId: string } | null;
};

/** The costs of a step's next attempt, beside what it has cost already. */
export const costsOf = (step: Step, walletId: string, costs: Costs): Reservation => ({
  stepId: step.id,
  kind: "costs",
  walletId,
  lamports: (feesLost(step.attempts) + sumOf(costs)) as Lamports,
});

/** For each leg's buy: its spending, counted on the buyer, and its costs, counted on the wallet that pays them. */
export const reservationsOf = (
  steps: readonly Step[],
  legs: readonly Leg[],
  { costsOf: costsOfLeg, funding }: Bill,
): Reservation[] =>
  legs.flatMap((leg): Reservation[] => {
    const step = steps.find(({ kind, leg: index }) => kind === "buy" && index === leg.index);
    if (step === undefined) return [];
    // No more: a simulation in which more leaves the wallets is refused (P2).
    const { walletId, lamports } = leg;
    const spending: Reservation = { stepId: step.id, kind: "spending", walletId, lamports };
    return [spending, costsOf(step, funding?.walletId ?? leg.walletId, costsOfLeg(leg))];
  });

const LIMIT_NAMES: Readonly<Record<Overspending["limit"], string>> = {
  operation: "an operation",
  userDay: "a user within 24 hours",
  walletLifetime: "a wallet, ever",
};

/** What may be spent at most beside the costs, so that it fits. */
const fitting = ({ allowed, spent, asked }: Overspending): string => {
  const fits = allowed - spent - asked.costs;
  if (fits <= 0n) return "nothing fits: the costs alone are as much";
  return `${sol(fits)} fit beside these costs`;
};

function overspent(refused: Overspending): CTOError {
  const { limit, walletId, allowed, spent, asked } = refused;
  const costs = asked.costs === 0n ? "" : ` and ${sol(asked.costs)} of costs`;
  return new CTOError("CTO_E_LIMIT_EXCEEDED", {
    limit: walletId === undefined ? LIMIT_NAMES[limit] : `${LIMIT_NAMES[limit]} (${walletId})`,
    asked: `${sol(asked.spending)}${costs}, beside ${sol(spent)} already spent or reserved`,
    allowed: sol(allowed),
    fits: fitting(refused),
  });
}

const capsOf = (limits: Limits): SpendingCaps => ({
  operationLamports: limits.maxOperationLamports,
  userDayLamports: limits.maxUserDayLamports,
  walletLifetimeLamports: limits.maxWalletLifetimeLamports,
});

/** What an estimate's leg would reserve. */
export type Asked = Omit<Reservation, "stepId">;

const partsOf = (asked: readonly Asked[]): Parts => {
  const sum = (kind: Asked["kind"]): bigint =>
    asked.filter((one) => one.kind === kind).reduce((all, { lamports }) => all + lamports, 0n);
  return { spending: sum("spending"), costs: sum("costs") };
};

/**
 * Checks what an operation asks for beside what its user and wallets have spent. For an estimate: nothing is reserved,
 * and another operation may take the room meanwhile.
 *
 * @throws `CTO_E_LIMIT_EXCEEDED`
 */
export function requireRoom(limits: Limits, spending: Spending, asked: readonly Asked[]): void {
  const caps = capsOf(limits);
  const require = (
    refused: Pick<Overspending, "limit" | "walletId">,
    allowed: bigint | null,
    held: Parts | undefined,
    wanted: readonly Asked[],
  ): void => {
    const spent = (held?.spending ?? 0n) + (held?.costs ?? 0n);
    const parts = partsOf(wanted);
    if (allowed !== null && spent + parts.spending + parts.costs > allowed)
      throw overspent({ ...refused, allowed, spent, asked: parts });
  };
  require({ limit: "operation" }, caps.operationLamports, undefined, asked);
  require({ limit: "userDay" }, caps.userDayLamports, spending.day, asked);
  for (const walletId of new Set(asked.map((one) => one.walletId))) {
    const wanted = asked.filter((one) => one.walletId === walletId);
    const held = spending.wallets.get(walletId);
    require({ limit: "walletLifetime", walletId }, caps.walletLifetimeLamports, held, wanted);
  }
}

/** @throws `CTO_E_LIMIT_EXCEEDED`; then nothing is reserved anew */
export async function reserve(
  journal: Pick<Journal, "reserveSpending">,
  userId: string,
  limits: Limits,
  reservations: readonly Reservation[],
): Promise<void> {
  const refused = await journal.reserveSpending(userId, reservations, capsOf(limits));
  if (refused !== null) throw overspent(refused);
}

const NO_CAPS: SpendingCaps = {
  operationLamports: null,
  userDayLamports: null,
  walletLifetimeLamports: null,
};

/** Counts what a return of money costs. No limit refuses it: what is a user's own must always find its way back. */
export async function count(
  journal: Pick<Journal, "reserveSpending">,
  userId: string,
  reservation: Reservation,
): Promise<void> {
  await journal.reserveSpending(userId, [reservation], NO_CAPS);
}

/** What a step that is at rest for good has taken; nothing while that may still change. */
function takenBy({ id, kind, status, attempts }: Step): Taken[] {
  const lost = feesLost(attempts);
  if (hasFailed(status)) {
    return [
      { stepId: id, kind: "spending", lamports: 0n },
      { stepId: id, kind: "costs", lamports: lost },
    ];
  }
  const landed = attempts.find((attempt) => attempt.status === "landed");
  // A funding's row has the minimums, too, that it leaves with its buyers: its attempts do not tell these.
  if (status !== "finalized" || kind === "fund" || landed === undefined) return [];
  return [{ stepId: id, kind: "costs", lamports: lost + sumOf(landed.costs) }];
}

/**
 * Gives back what was reserved for steps that will never happen, and replaces by its real costs what was reserved for those
 * that are final. Both are for good, so anyone may do it, any time.
 */
export async function settleReserved(
  { journal }: { readonly journal: Pick<Journal, "settleSpending"> },
  { request }: Pick<Operation, "request">,
  steps: readonly Step[],
): Promise<void> {
  const taken = steps.flatMap(takenBy);
  if (taken.length > 0) await journal.settleSpending(request.userId, taken);
}
