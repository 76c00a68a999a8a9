/**
 * Computes how long each part of an operation took: its phases, and for each step the time until it was signed, each of
 * its attempts, and when it landed. All times are ms since the operation was created.
 */
import type { OperationDetail, OperationEvent, Step } from "../../api/types.ts";
import { duration } from "../../format/time.ts";
import { hasLanded } from "../../format/words.ts";

export type SpanKind = "waiting" | "phase" | "attempt" | "dead" | "landed" | "open" | "review";
export type Part = { readonly from: number; readonly to: number; readonly kind: SpanKind };
export type Span = {
  readonly id: string;
  readonly name: string;
  readonly parts: readonly Part[];
  /** From the first signature to the end; of a phase, the whole of it. Null if nothing was signed. */
  readonly tookMs: number | null;
};

type Asked = Pick<OperationDetail, "createdAt" | "startedAt" | "finishedAt">;

/** The id of the bar for the time before a worker took the operation. */
const WAITING = "waiting";

const NAMES = { buy: "Leg", fund: "Funding", recover: "Return" } as const;

/** The events say when a step landed. A step's own record has only its slot. */
function landings(events: readonly OperationEvent[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { type, leg, batch, status, at } of events) {
    if (status !== "confirmed" && status !== "finalized") continue;
    const key =
      type === "leg"
        ? `buy ${leg}`
        : type === "fund"
          ? `fund ${batch}`
          : type === "recover"
            ? `recover ${leg}`
            : null;
    if (key !== null && !found.has(key)) found.set(key, Date.parse(at));
  }
  return found;
}

const lastKind = ({ status }: Step, isLast: boolean): SpanKind => {
  if (!isLast) return "dead";
  if (hasLanded(status)) return "landed";
  if (status === "needs_review") return "review";
  return status === "in_flight" ? "open" : "dead";
};

function spanOf(step: Step, landedAt: number | undefined, start: number, end: number): Span {
  const { id, kind, leg, attempts } = step;
  const signed = attempts.map(({ createdAt }) => Date.parse(createdAt) - start);
  const [first] = signed;
  const last = landedAt === undefined ? end : Math.max(landedAt - start, signed.at(-1) ?? 0);
  const name = `${NAMES[kind]} ${leg}`;
  if (first === undefined) return { id, name, parts: [], tookMs: null };
  const parts = signed.map((from, at) => ({
    from,
    to: signed[at + 1] ?? last,
    kind: lastKind(step, at === signed.length - 1),
  }));
  return { id, name, parts: [{ from: 0, to: first, kind: "waiting" }, ...parts], tookMs: last - first };
}

/** The phases, each until the next one begins. The last event of a phase ends nothing: the operation's end does. */
function phaseSpans(events: readonly OperationEvent[], start: number, end: number): Span[] {
  const entered = events.filter(({ type, progress }) => type === "phase" && progress < 100);
  const spans = entered.map(({ seq, label, at }, index) => {
    const from = Date.parse(at) - start;
    const next = entered[index + 1]?.at;
    const to = Math.max(from, next === undefined ? end : Date.parse(next) - start);
    return {
      id: `phase ${seq}`,
      name: label ?? "",
      parts: [{ from, to, kind: "phase" as const }],
      tookMs: to - from,
    };
  });
  const [first] = spans[0]?.parts ?? [];
  if (first === undefined || first.from <= 0) return spans;
  const waited = { from: 0, to: first.from, kind: "waiting" as const };
  return [{ id: WAITING, name: "Waiting for a worker", parts: [waited], tookMs: first.from }, ...spans];
}

export type Timing = {
  readonly phases: readonly Span[];
  readonly steps: readonly Span[];
  /** The whole width, ms; at least 1. */
  readonly wholeMs: number;
};

/** @param now for an operation that is under way, ms since 1970 */
export function timingOf(
  operation: Asked,
  steps: readonly Step[],
  events: readonly OperationEvent[],
  now: number,
): Timing {
  const start = Date.parse(operation.createdAt);
  const landed = landings(events);
  const over = operation.finishedAt === null ? now : Date.parse(operation.finishedAt);
  const end = Math.max(1, over - start);
  const spans = steps.map((step) => spanOf(step, landed.get(`${step.kind} ${step.leg}`), start, end));
  const ends = spans.flatMap(({ parts }) => parts.map(({ to }) => to));
  return {
    phases: phaseSpans(events, start, end),
    steps: spans,
    wholeMs: Math.max(end, ...ends),
  };
}

/** The words for a part of a step's bar. The name of a phase says already what its bar is. */
const PART_WORDS: Readonly<Record<SpanKind, string>> = {
  waiting: "before it was signed",
  phase: "",
  attempt: "",
  dead: "an attempt that did not land",
  landed: "from the signature to the landing",
  open: "on its way",
  review: "unknown",
};

/** Says in words what the parts of a step's bar are, for the pointer and for screen readers. Empty for a phase. */
export const sayParts = ({ id, parts }: Span): string =>
  id === WAITING
    ? ""
    : parts
        .filter(({ kind }) => PART_WORDS[kind] !== "")
        .map(({ from, to, kind }) => `${duration(to - from)} ${PART_WORDS[kind]}`)
        .join(", ");

/** Returns the nearest-rank median of how long the steps took from signature to landing; null without any. */
export function medianOf(spans: readonly Span[]): number | null {
  const times = spans
    .flatMap(({ parts, tookMs }) =>
      parts.some(({ kind }) => kind === "landed") && tookMs !== null ? [tookMs] : [],
    )
    .toSorted((a, b) => a - b);
  return times[Math.max(0, Math.ceil(times.length / 2) - 1)] ?? null;
}
