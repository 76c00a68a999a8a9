/** Shows the cumulative lamports of the legs that landed, over time. */
import type { OperationDetail, OperationEvent } from "../../api/types.ts";
import { formatSol } from "../../format/sol.ts";
import { duration } from "../../format/time.ts";
import { Sol } from "../../parts/amount.tsx";
import { Chart, type Scale } from "../../parts/chart.tsx";
import { cumulativeFill, type Fill, fillEnd } from "./prices.ts";

/** Draws a step line. It rises where a wallet's buy landed, and continues until the end, or until now. */
const line = ([first, ...rest]: readonly Fill[], end: number, x: Scale, y: Scale): string =>
  first === undefined
    ? ""
    : [
        `M${x(first.ms)} ${y(Number(first.lamports))}`,
        ...rest.map(({ ms, lamports }) => `H${x(ms)}V${y(Number(lamports))}`),
        `H${x(end)}`,
      ].join("");

export function FillChart({
  operation,
  events,
}: {
  operation: OperationDetail;
  events: readonly OperationEvent[];
}) {
  const fill = cumulativeFill(events, operation.legs);
  const first = events[0]?.at;
  const end =
    first === undefined ? 1 : Math.max(1, fillEnd(operation, events, Date.now()) - Date.parse(first));
  const whole = Number(operation.buyLamports);
  const done = fill.at(-1)?.lamports ?? 0n;
  const ticks = [0n, BigInt(operation.buyLamports) / 2n, BigInt(operation.buyLamports)].map((lamports) => ({
    at: Number(lamports),
    label: formatSol(lamports),
  }));
  return (
    <section class="panel" aria-labelledby="fill-title">
      <div class="panel-head">
        <h2 id="fill-title">Bought over time</h2>
        <span>
          <Sol lamports={done} /> <span class="muted">of</span> <Sol lamports={operation.buyLamports} />
        </span>
      </div>
      <Chart
        summary={`${formatSol(done)} of ${formatSol(operation.buyLamports)} SOL bought, over ${duration(end)}.`}
        x={{
          domain: [0, end],
          ticks: [
            { at: 0, label: "0 s" },
            { at: end, label: duration(end) },
          ],
        }}
        y={{ domain: [0, whole], ticks }}
      >
        {(x, y) => <path class="filled" d={line(fill, end, x, y)} />}
      </Chart>
      <p class="axis">SOL, since the first event</p>
      <p class="muted">Each step is a wallet whose buy was seen on chain.</p>
    </section>
  );
}
