/** Shows two charts of the last day: the spending in each hour, and the durations of operations. */
import type { DayOperation } from "../../api/types.ts";
import { formatSol } from "../../format/sol.ts";
import { clock, duration } from "../../format/time.ts";
import { Chart } from "../../parts/chart.tsx";
import { spentByHour } from "./figures.ts";

type Props = { operations: readonly DayOperation[]; since: string };

/** At least 1, so that we never divide by zero. */
const top = (values: readonly number[]): number => Math.max(1, ...values);

/** Without any value, the axis has only its zero. */
const ticksTo = (values: readonly number[], label: (value: number) => string) => {
  const most = Math.max(0, ...values);
  return (most === 0 ? [0] : [0, most]).map((at) => ({ at, label: label(at) }));
};

const HOURS = [
  { at: 0, label: "24 h" },
  { at: 6, label: "18 h" },
  { at: 12, label: "12 h" },
  { at: 18, label: "6 h" },
  { at: 24, label: "now" },
];

export function SpendingChart({ operations, since }: Props) {
  const hours = spentByHour(operations, since);
  const heights = hours.map(({ lamports }) => Number(lamports));
  const total = hours.reduce((all, { lamports }) => all + lamports, 0n);
  return (
    <section class="panel" aria-labelledby="spending-title">
      <div class="panel-head">
        <h2 id="spending-title">Spent on tokens</h2>
        <span class="amount">
          {formatSol(total)} <span class="unit">SOL</span>
        </span>
      </div>
      <Chart
        summary={`${formatSol(total)} SOL were spent on tokens in the last 24 hours.`}
        x={{ domain: [0, 24], ticks: HOURS }}
        y={{ domain: [0, top(heights)], ticks: ticksTo(heights, (at) => formatSol(BigInt(at))) }}
        empty={total === 0n ? "Nothing was spent in the last 24 hours" : null}
      >
        {(x, y) =>
          hours.map(({ hour, lamports }) => (
            <rect
              key={hour}
              class="bar"
              x={x(hour) + 1}
              width={Math.max(1, x(hour + 1) - x(hour) - 2)}
              y={y(Number(lamports))}
              height={Math.max(0, y(0) - y(Number(lamports)))}
            >
              <title>{`${formatSol(lamports)} SOL`}</title>
            </rect>
          ))
        }
      </Chart>
      <p class="axis">SOL per hour before now, by when operations were accepted</p>
    </section>
  );
}

type TimesProps = Props & { p50Ms: number | null; p95Ms: number | null };

export function TimesChart({ operations, since, p50Ms, p95Ms }: TimesProps) {
  const from = Date.parse(since);
  const points = operations.flatMap(({ id, createdAt, tookMs }) =>
    tookMs === null ? [] : [{ id, createdAt, tookMs, hour: (Date.parse(createdAt) - from) / 3_600_000 }],
  );
  const heights = points.map(({ tookMs }) => tookMs);
  const most = top(heights);
  return (
    <section class="panel" aria-labelledby="times-title">
      <div class="panel-head">
        <h2 id="times-title">Time to land</h2>
        <ul class="legend">
          <li class="paid">{points.length} completed</li>
          <li class="quoted">half of them</li>
          <li class="limit">19 of 20</li>
        </ul>
      </div>
      <Chart
        summary={
          points.length === 0
            ? "No operation completed in the last 24 hours."
            : `${points.length} ${points.length === 1 ? "operation" : "operations"} completed in the last 24 hours; the slowest took ${duration(most)}.`
        }
        x={{ domain: [0, 24], ticks: HOURS }}
        y={{ domain: [0, most], ticks: ticksTo(heights, duration) }}
        empty={points.length === 0 ? "Nothing completed in the last 24 hours" : null}
      >
        {(x, y) => (
          <>
            {p50Ms !== null && <path class="quoted" d={`M${x(0)} ${y(p50Ms)}H${x(24)}`} />}
            {p95Ms !== null && <path class="limit" d={`M${x(0)} ${y(p95Ms)}H${x(24)}`} />}
            {points.map(({ id, createdAt, tookMs, hour }) => (
              <circle key={id} class="paid" cx={x(hour)} cy={y(tookMs)} r={3.5}>
                <title>{`${duration(tookMs)}, ${clock(createdAt)}`}</title>
              </circle>
            ))}
          </>
        )}
      </Chart>
      <p class="axis">From the start to the end of each operation, by its hour before now</p>
    </section>
  );
}
