/**
 * What a leg may spend where it was funded ahead: what the funding has brought its wallet, and nothing that the wallet had
 * before. Rents may have risen since; a leg that the funding does not reach any more fails by name.
 */
import { CTOError } from "../../errors/index.ts";
import { feesLost, sumOf } from "../limits/reservations.ts";
import type { Costs, Leg, Step } from "../ports.ts";

const broughtBy = (attempts: Step["attempts"]): (readonly [number, bigint])[] =>
  attempts.flatMap(({ funded = [] }) => funded.map(({ leg, lamports }) => [leg, lamports] as const));

/** What the fundings that have landed brought each leg, by its index. */
export const fundedBy = (steps: readonly Step[]): ReadonlyMap<number, bigint> =>
  new Map(
    steps
      .filter(({ kind }) => kind === "fund")
      .flatMap(({ attempts }) => broughtBy(attempts.filter(({ status }) => status === "landed"))),
  );

/** What a funding had brought the legs whose buys were signed for it: signed again, it brings them no less. */
export function reliedOn(steps: readonly Step[]): ReadonlyMap<number, bigint> {
  const bought = new Set(
    steps.filter(({ kind, attempts }) => kind === "buy" && attempts.length > 0).map(({ leg }) => leg),
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
 * Checks that a leg's next buy takes no more than what its funding has left, its earlier attempts' fees being spent.
 *
 * @param funded what the funding has brought it; absent where there was none, or where it was not journaled
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS` by what is lacking of the funding
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
