/** Shows each wallet's price, its quote, and the highest price that its transaction accepts. */
import type { OperationDetail, PriceCheck, Step } from "../../api/types.ts";
import { sayPriceCheck } from "../../format/price-check.ts";
import { formatBps, formatPrice } from "../../format/sol.ts";
import { isUnderWay } from "../../format/words.ts";
import type { Decimals } from "../../parts/amount.tsx";
import { Chart, type Scale } from "../../parts/chart.tsx";
import { type LegPrice, legPrices, referenceOf } from "./prices.ts";

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** Formats lamports per base unit for an axis, with enough precision for a label. */
const axisLabel = (price: number, decimals: Decimals): string => {
  const PRECISION = 1_000_000_000_000;
  if (decimals == null) return price.toPrecision(4);
  return formatPrice(BigInt(Math.round(price * PRECISION)), BigInt(PRECISION), decimals);
};

const step = (prices: readonly LegPrice[], of: "quoted" | "limit", x: Scale, y: Scale): string =>
  prices
    .map(({ leg, [of]: price }) => (price === null ? "" : `M${x(leg - 0.4)} ${y(price)}H${x(leg + 0.4)}`))
    .join("");

/** Returns labels for at most about ten legs. */
const legTicks = (count: number) => {
  const every = Math.ceil(count / 10);
  return Array.from({ length: count }, (_, index) => index + 1)
    .filter((leg) => leg === 1 || leg % every === 0)
    .map((leg) => ({ at: leg, label: String(leg) }));
};

/** The two kinds of check: a comparison with another price, or the one price that there is. */
const sayReference = (check: PriceCheck): string =>
  check.deviationBps === undefined
    ? `It was compared with ${sayPriceCheck(check)}.`
    : `The quote was ${sayPriceCheck(check)}.`;

type SummaryProps = { prices: readonly LegPrice[]; over: boolean; check: PriceCheck | null };

function Summary({ prices, over, check }: SummaryProps) {
  const differences = known(
    prices.map(({ paid, quoted }) =>
      paid === null || quoted === null ? null : (paid / quoted - 1) * 10_000,
    ),
  );
  if (differences.length === 0)
    return <p class="muted two-lines">{over ? "Nothing landed." : "Nothing has landed yet."}</p>;
  const mean = differences.reduce((all, one) => all + one, 0) / differences.length;
  const distance = formatBps(Math.abs(mean));
  const words =
    Math.round(mean) === 0 ? "as" : mean < 0 ? `${distance} better than` : `${distance} worse than`;
  return (
    <p class="muted two-lines">
      On average {words} quoted.{check === null ? "" : ` ${sayReference(check)}`} A direct venue's quote takes
      all other wallets as landed before.
    </p>
  );
}

export function PriceChart({
  operation,
  steps,
  decimals,
}: {
  operation: OperationDetail;
  steps: readonly Step[];
  decimals: Decimals;
}) {
  const prices = legPrices(operation, steps);
  const reference = referenceOf(operation, prices, decimals);
  const values = known([
    ...prices.flatMap(({ paid, quoted, limit }) => [paid, quoted, limit]),
    reference?.price ?? null,
  ]);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = (high - low) * 0.12 || high * 0.01;
  const domain: [number, number] = values.length === 0 ? [0, 1] : [low - pad, high + pad];
  const ticks =
    values.length === 0
      ? []
      : // Prices that look the same have one label. Three equal ones would pretend a difference.
        [low, (low + high) / 2, high]
          .map((at) => ({ at, label: axisLabel(at, decimals) }))
          .filter(({ label }, index, all) => all.findIndex((other) => other.label === label) === index);
  const landed = prices.filter(({ paid }) => paid !== null).length;
  return (
    <section class="panel" aria-labelledby="price-title">
      <div class="panel-head">
        <h2 id="price-title">Price paid against quote and reference</h2>
        <ul class="legend">
          <li class="paid">paid</li>
          <li class="quoted">quoted</li>
          <li class="limit">limit</li>
          {reference !== null && <li class="reference">{reference.label}</li>}
        </ul>
      </div>
      <Chart
        summary={`Price of ${landed} landed wallets of ${prices.length}, each beside its quote and its limit${reference === null ? "" : `, against ${reference.label}`}; the table of wallets has the numbers.`}
        x={{ domain: [0.5, prices.length + 0.5], ticks: legTicks(prices.length) }}
        y={{ domain, ticks }}
        empty={values.length === 0 ? "Nothing is signed yet" : null}
      >
        {(x, y) => (
          <>
            <path class="limit" d={step(prices, "limit", x, y)} />
            <path class="quoted" d={step(prices, "quoted", x, y)} />
            {reference !== null && (
              <path class="reference" d={`M${x(0.5)} ${y(reference.price)}H${x(prices.length + 0.5)}`} />
            )}
            {prices.map(
              ({ leg, paid }) =>
                paid !== null && <circle key={leg} class="paid" cx={x(leg)} cy={y(paid)} r={3.5} />,
            )}
          </>
        )}
      </Chart>
      <p class="axis">{decimals == null ? "lamports per base unit" : "SOL per token"}, by wallet</p>
      <Summary prices={prices} over={!isUnderWay(operation.status)} check={operation.price} />
    </section>
  );
}
