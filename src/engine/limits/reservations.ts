/**
 * R7 and P6: reserves lamports under the limits before a step is signed, and replaces the reservation by the real
 * amount when the step is at rest for good. Everything that leaves a wallet counts: what a buy spends, and what its
 * transactions cost.
 */

import { formatSol } from "../../base/sol.ts";
import { CTOError, type LimitOption } from "../../errors/index.ts";
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
import { stepOfLeg } from "../step/of-leg.ts";
import { hasFailed } from "../step/status.ts";
import type { Limits } from "./limits.ts";

const sol = (lamports: bigint): string => `${formatSol(lamports)} SOL`;

export const sumOf = ({ network, priority, rent }: Costs): bigint => network + priority + rent;

/** Returns the fees of attempts that landed with an error: these lamports have left their wallet for good. */
export const feesLost = (attempts: readonly Attempt[]): bigint =>
  attempts
    .filter(({ status, slot }) => status === "dead" && slot !== undefined)
    .reduce((all, { costs }) => all + costs.network + costs.priority, 0n);

/** The costs of legs' buys, and who pays them. */
export type Bill = {
  /** The costs of the leg's next attempt. */
  readonly costsOf: (leg: Leg) => Costs;
  /** Null: each buyer pays for itself. */
  readonly funding: { readonly walletId: string } | null;
};

/**
 * Returns the reservation for a step's costs: those of its next attempt, and those that its earlier attempts have
 * lost.
 */
export const costsOf = (step: Step, walletId: string, costs: Costs): Reservation => ({
  stepId: step.id,
  kind: "costs",
  walletId,
  lamports: (feesLost(step.attempts) + sumOf(costs)) as Lamports,
});

/**
 * Returns the reservations of each leg's buy: its spending, counted on the buyer, and its costs, counted on the
 * wallet that pays them.
 */
export const reservationsOf = (
  steps: readonly Step[],
  legs: readonly Leg[],
  { costsOf: costsOfLeg, funding }: Bill,
): Reservation[] =>
  legs.flatMap((leg): Reservation[] => {
    const step = stepOfLeg(steps, "buy", leg);
    if (step === undefined) return [];
    // This is the maximum: we refuse a simulation in which more leaves the wallets (P2).
    const { walletId, lamports } = leg;
    const spending: Reservation = { stepId: step.id, kind: "spending", walletId, lamports };
    return [spending, costsOf(step, funding?.walletId ?? leg.walletId, costsOfLeg(leg))];
  });

const LIMITS: Readonly<Record<Overspending["limit"], readonly [LimitOption, string]>> = {
  operation: ["--per-operation", "an operation"],
  userDay: ["--per-day", "a user within 24 hours"],
  walletLifetime: ["--per-wallet", "a wallet, ever"],
};

/** Says how much may be spent besides the costs, so that the limit is kept. */
const fitting = ({ allowed, spent, requested }: Overspending): string => {
  const fits = allowed - spent - requested.costs;
  if (fits <= 0n) return "nothing fits: the costs alone are as much";
  return `${sol(fits)} fit beside these costs`;
};

function overspent(refused: Overspending): CTOError {
  const { limit, walletId, allowed, spent, requested } = refused;
  const costs = requested.costs === 0n ? "" : ` and ${sol(requested.costs)} of costs`;
  const before = spent === 0n ? "" : `, beside ${sol(spent)} already spent or reserved`;
  const [option, name] = LIMITS[limit];
  return new CTOError("CTO_E_LIMIT_EXCEEDED", {
    option,
    limit: walletId === undefined ? name : `${name} (${walletId})`,
    asked: `${sol(requested.spending)}${costs}${before}`,
    allowed: sol(allowed),
    fits: fitting(refused),
  });
}

const capsOf = (limits: Limits): SpendingCaps => ({
  operationLamports: limits.maxOperationLamports,
  userDayLamports: limits.maxUserDayLamports,
  walletLifetimeLamports: limits.maxWalletLifetimeLamports,
});

/** The reservation that an estimate's leg would make. */
export type NewReservation = Omit<Reservation, "stepId">;

const partsOf = (requested: readonly NewReservation[]): Parts => {
  const sum = (kind: NewReservation["kind"]): bigint =>
    requested.filter((one) => one.kind === kind).reduce((all, { lamports }) => all + lamports, 0n);
  return { spending: sum("spending"), costs: sum("costs") };
};

/**
 * Checks an operation's amounts together with what its user and wallets have already spent. It is for an estimate: it
 * reserves nothing, so another operation may use the room meanwhile.
 *
 * @throws `CTO_E_LIMIT_EXCEEDED`
 */
export function requireRoom(limits: Limits, spending: Spending, requested: readonly NewReservation[]): void {
  const caps = capsOf(limits);
  const require = (
    refused: Pick<Overspending, "limit" | "walletId">,
    allowed: bigint | null,
    held: Parts | undefined,
    wanted: readonly NewReservation[],
  ): void => {
    const spent = (held?.spending ?? 0n) + (held?.costs ?? 0n);
    const parts = partsOf(wanted);
    if (allowed !== null && spent + parts.spending + parts.costs > allowed)
      throw overspent({ ...refused, allowed, spent, requested: parts });
  };
  require({ limit: "operation" }, caps.operationLamports, undefined, requested);
  require({ limit: "userDay" }, caps.userDayLamports, spending.day, requested);
  for (const walletId of new Set(requested.map((one) => one.walletId))) {
    const wanted = requested.filter((one) => one.walletId === walletId);
    const held = spending.wallets.get(walletId);
    require({ limit: "walletLifetime", walletId }, caps.walletLifetimeLamports, held, wanted);
  }
}

/**
 * Reserves under the limits.
 *
 * @throws `CTO_E_LIMIT_EXCEEDED`; then this call has reserved nothing
 */
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

/**
 * Counts the costs of a return of money. No limit refuses it, because a user's own money must always be returnable.
 */
export async function count(
  journal: Pick<Journal, "reserveSpending">,
  userId: string,
  reservation: Reservation,
): Promise<void> {
  await journal.reserveSpending(userId, [reservation], NO_CAPS);
}

/**
 * Returns what a step that is at rest for good has taken; nothing if that may still change. A landed buy has spent
 * exactly what was reserved; that it has is news, because the user's day counts from it.
 */
function takenBy({ id, kind, status, attempts }: Step): Taken[] {
  const lost = feesLost(attempts);
  if (hasFailed(status)) {
    return [
      { stepId: id, kind: "spending", lamports: 0n },
      { stepId: id, kind: "costs", lamports: lost },
    ];
  }
  const landed = attempts.find((attempt) => attempt.status === "landed");
  if (status !== "finalized") return [];
  // The row of a funding also contains the minimums that it leaves with its buyers; its attempts do not contain
  // these.
  const costs = kind === "fund" || landed === undefined ? null : lost + sumOf(landed.costs);
  return [
    ...(kind === "buy" ? [{ stepId: id, kind: "spending", lamports: null } as const] : []),
    { stepId: id, kind: "costs", lamports: costs },
  ];
}

/**
 * Releases the reservations of steps that will never land, and replaces those of final steps by what they took.
 * Both are permanent, so any process may do it at any time.
 */
export async function settleReserved(
  { journal }: { readonly journal: Pick<Journal, "settleSpending"> },
  { request }: Pick<Operation, "request">,
  steps: readonly Step[],
): Promise<void> {
  const taken = steps.flatMap(takenBy);
  if (taken.length > 0) await journal.settleSpending(request.userId, taken);
}
