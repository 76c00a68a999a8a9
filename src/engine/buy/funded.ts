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

/** Returns what the landed fundings brought each leg, by leg index. */
export const fundedBy = (steps: readonly Step[]): ReadonlyMap<number, bigint> =>
  new Map(
    steps
      .filter(({ kind }) => kind === "fund")
      .flatMap(({ attempts }) => broughtBy(attempts.filter(({ status }) => status === "landed"))),
  );

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
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS` with what the funding lacks
 */
export function requireFunded(
  { address, lamports }: Pick<Leg, "address" | "lamports">,
  { attempts }: Pick<Step, "attempts">,
  costs: Costs,
  funded: bigint | undefined,
): void {
  if (funded === undefined) return;
  const left = funded - feesLost(attempts);
  const needs = lamports + sumOf(costs);
  if (needs <= left) return;
  const [has, lacks] = [left, needs - left].map(String) as [string, string];
  throw new CTOError("CTO_E_WALLET_SHORT_OF_FUNDS", {
    wallets: [{ address, has, needs: String(needs), lacks }],
  });
}
