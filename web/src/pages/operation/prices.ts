/** What each wallet paid against what was quoted, from the journal's record alone. */
import type { Leg, OperationDetail, Step } from "../../api/types.ts";
import { hasLanded } from "../../format/words.ts";

/** Prices are lamports per base unit, for drawing only; what is shown as text is computed exactly elsewhere. */
export type LegPrice = {
  readonly leg: number;
  /** Null until it has landed and its tokens are counted. */
  readonly paid: number | null;
  /** The venue's quote behind its last transaction; a direct venue's takes all other legs as landed before it. */
  readonly quoted: number | null;
  /** The dearest price that its transaction accepts. */
  readonly limit: number | null;
};

const BPS = 10_000;

const price = (lamports: string, tokens: string | null): number | null =>
  tokens === null || BigInt(tokens) === 0n ? null : Number(lamports) / Number(tokens);

/** The attempt that landed, or else the last one. */
const attemptOf = (step: Step | undefined) =>
  step?.attempts.find(({ status }) => status === "landed") ?? step?.attempts.at(-1);

export function legPrices({ legs }: Pick<OperationDetail, "legs">, steps: readonly Step[]): LegPrice[] {
  return legs.map(({ leg, lamports, status, tokensReceived }) => {
    const attempt = attemptOf(steps.find((step) => step.kind === "buy" && step.leg === leg));
    return {
      leg,
      paid: hasLanded(status) ? price(lamports, tokensReceived) : null,
      quoted: price(lamports, attempt?.quotedTokensOut ?? null),
      limit: price(lamports, attempt?.minTokensOut ?? null),
    };
  });
}

/** How much better (negative) or worse than its quote a leg was, in bps. Null while either is unknown. */
export const againstQuote = ({ paid, quoted }: LegPrice): number | null =>
  paid === null || quoted === null ? null : Math.round((paid / quoted - 1) * BPS);

export type Fill = { readonly ms: number; readonly lamports: bigint };

/** How the spent lamports add up over time, from the events of legs that landed; ms since the first event. */
export function cumulativeFill(
  events: readonly { at: string; type: string; leg?: number; status?: string }[],
  legs: readonly Leg[],
): Fill[] {
  const start = events[0]?.at;
  if (start === undefined) return [];
  const lamportsOf = new Map(legs.map(({ leg, lamports }) => [leg, BigInt(lamports)]));
  const counted = new Set<number>();
  const fill: Fill[] = [{ ms: 0, lamports: 0n }];
  let total = 0n;
  for (const { type, leg, status, at } of events) {
    if (type !== "leg" || leg === undefined || counted.has(leg)) continue;
    if (status !== "confirmed" && status !== "finalized") continue;
    counted.add(leg);
    total += lamportsOf.get(leg) ?? 0n;
    fill.push({ ms: Date.parse(at) - Date.parse(start), lamports: total });
  }
  return fill;
}
