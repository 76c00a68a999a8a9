/**
 * Limits a leg that was funded ahead to what the funding brought its wallet, without what the wallet held before. If
 * rents have risen so far that the funding does not suffice any more, the leg fails with an error that names its
 * wallet.
 */
import { CTOError } from "../../errors/index.ts";
import { feesLost, sumOf } from "../limits/reservations.ts";
import type { Costs, Leg, Step } from "../ports.ts";

const broughtBy = (attempts: Step["attempts"]): (readonly [number, bigint])[] =>
  attempts.flatMap(({ funded = [] }) => funded.map(({ leg, lamports }) => [leg, lamports] as const));

/**
 * Returns what the landed fundings brought each leg, by leg index: zero if its funding has left it out. A leg is absent
 * if no funding of it has landed, or if it is not known which legs that funding paid.
 *
 * @param legsOf the legs of a funding's batch
 */
export function fundedBy(
  steps: readonly Step[],
  legsOf: (fund: Step) => readonly Pick<Leg, "index">[],
): ReadonlyMap<number, bigint> {
  const funded = new Map<number, bigint>();
  for (const step of steps) {
    const landed = step.attempts.filter(({ status }) => status === "landed");
    if (step.kind !== "fund" || !landed.some((attempt) => attempt.funded !== undefined)) continue;
    for (const { index } of legsOf(step)) funded.set(index, 0n);
    for (const [leg, lamports] of broughtBy(landed)) funded.set(leg, lamports);
  }
  return funded;
}

/**
 * Returns what a funding had brought to legs whose buys were signed afterwards. A funding that is signed again brings
 * them no less.
 */
export function reliedOn(steps: readonly Step[]): ReadonlyMap<number, bigint> {
  const bought = new Set(
    steps.filter(({ kind, attempts }) => kind === "buy" && attempts.length > 0).map(({ number }) => number),
  );
  const brought = new Map<number, bigint>();
  for (const { kind, attempts } of steps) {
    if (kind !== "fund") continue;
    for (const [leg, lamports] of broughtBy(attempts))
      if (bought.has(leg) && lamports > (brought.get(leg) ?? 0n)) brought.set(leg, lamports);
  }
  return brought;
}

/**
 * Checks that a leg's next buy takes no more than what remains of its funding after the fees of its earlier attempts.
 *
 * @param funded what the funding brought the leg; absent if there was none, or if it was not journaled
 * @throws `CTO_E_WALLET_NOT_FUNDED` if it brought nothing; `CTO_E_WALLET_SHORT_OF_FUNDS` with what it lacks
 */
export function requireFunded(
  { address, lamports }: Pick<Leg, "address" | "lamports">,
  { attempts }: Pick<Step, "attempts">,
  costs: Costs,
  funded: bigint | undefined,
): void {
  if (funded === undefined) return;
  if (funded === 0n) throw new CTOError("CTO_E_WALLET_NOT_FUNDED", { address });
  const left = funded - feesLost(attempts);
  const needs = lamports + sumOf(costs);
  if (needs <= left) return;
  const wallet = { address, has: left, needs, lacks: needs - left };
  throw new CTOError("CTO_E_WALLET_SHORT_OF_FUNDS", { wallets: [wallet] });
}
