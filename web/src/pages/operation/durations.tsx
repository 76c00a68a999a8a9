/**
 * Shows where the time of an operation went: a bar for each phase, and one for each step from its first signature to
 * its landing. Every bar has its duration as text beside it.
 */
import type { OperationDetail, OperationEvent, Step } from "../../api/types.ts";
import { duration } from "../../format/time.ts";
import { isUnderWay } from "../../format/words.ts";
import { More, useFold } from "../../parts/fold.tsx";
import { medianOf, type Span, type SpanKind, sayParts, timingOf } from "./spans.ts";

/** The width of a bar's drawing, in its own units. The page scales it to the width that there is. */
const WIDTH = 1_000;
const HEIGHT = 10;
/** A part is at least this wide, so that a short one can be seen. */
const LEAST = 4;

/** The legend names only what is drawn. */
const LEGEND: readonly { kind: SpanKind; text: string }[] = [
  { kind: "landed", text: "landed" },
  { kind: "open", text: "on its way" },
  { kind: "dead", text: "did not land" },
  { kind: "review", text: "unknown" },
  { kind: "waiting", text: "waiting" },
  { kind: "phase", text: "phase" },
];

const Bar = ({ span, wholeMs }: { span: Span; wholeMs: number }) => (
  <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
    {span.parts.map(({ from, to, kind }) => (
      <rect
        key={`${from} ${kind}`}
        class={kind}
        x={Math.min(WIDTH - LEAST, (from / wholeMs) * WIDTH)}
        width={Math.max(LEAST, ((to - from) / wholeMs) * WIDTH)}
        y={kind === "waiting" ? HEIGHT / 2 - 1 : 0}
        height={kind === "waiting" ? 2 : HEIGHT}
      />
    ))}
  </svg>
);

function Row({ span, wholeMs }: { span: Span; wholeMs: number }) {
  const words = sayParts(span);
  return (
    <li title={words}>
      <span class="span-name">
        {span.name}
        {words !== "" && <span class="visually-hidden">: {words}</span>}
      </span>
      <Bar span={span} wholeMs={wholeMs} />
      <span class="amount">{span.tookMs === null ? "not signed" : duration(span.tookMs)}</span>
    </li>
  );
}

type Props = { operation: OperationDetail; steps: readonly Step[]; events: readonly OperationEvent[] };

export function Durations({ operation, steps, events }: Props) {
  const timing = timingOf(operation, steps, events, Date.now());
  const signed = timing.steps.filter(({ parts }) => parts.length > 0);
  const unsigned = timing.steps.length - signed.length;
  const fold = useFold(signed);
  const median = medianOf(timing.steps);
  const { wholeMs } = timing;
  const drawn = new Set([...timing.phases, ...signed].flatMap(({ parts }) => parts.map(({ kind }) => kind)));
  return (
    <section class="panel" aria-labelledby="durations-title">
      <div class="panel-head">
        <h2 id="durations-title">Where the time went</h2>
        <span class="muted">
          {median !== null && `Half of the steps landed within ${duration(median)} of their signature. `}
          {isUnderWay(operation.status) ? `${duration(wholeMs)} so far` : `${duration(wholeMs)} in all`}
        </span>
      </div>
      <ol class="spans">
        {timing.phases.map((span) => (
          <Row key={span.id} span={span} wholeMs={wholeMs} />
        ))}
        {fold.shown.map((span) => (
          <Row key={span.id} span={span} wholeMs={wholeMs} />
        ))}
      </ol>
      <More fold={fold} what="steps" />
      {unsigned > 0 && !isUnderWay(operation.status) && (
        <p class="muted">
          {unsigned} {unsigned === 1 ? "step was" : "steps were"} never signed.
        </p>
      )}
      <ul class="legend">
        {LEGEND.filter(({ kind }) => drawn.has(kind)).map(({ kind, text }) => (
          <li key={kind} class={`span-${kind}`}>
            {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
