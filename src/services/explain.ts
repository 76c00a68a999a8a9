/** Tells the story of one operation in plain sentences, from the journal alone: the service behind `cto explain`. */
import { formatSol } from "../base/sol.ts";
import { labelWords } from "../base/token-label.ts";
import { visible } from "../base/visible.ts";
import {
  describeDecision,
  isUnderWay,
  type Operation,
  type Step,
  type StoredDecision,
  type StoredEvent,
  subjectOf,
} from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import type { CTOContext } from "../runtime/context.ts";
import { readRetryOperation } from "./retry-link.ts";
import { whySigningWaits } from "./signing-waits.ts";

export type StoryLine = { readonly at: Date; readonly text: string };

/** The journal's records of one operation. */
export type Records = {
  readonly operation: Operation;
  readonly legs: number;
  readonly steps: readonly Step[];
  readonly events: readonly StoredEvent[];
  readonly decisions: readonly StoredDecision[];
  /** The operation that retries this one; null if there is none. */
  readonly retry: Pick<Operation, "id" | "createdAt"> | null;
};

/** The number of events that we read from the journal at once. */
const PAGE = 500;

const wallets = (count: number): string => (count === 1 ? "1 wallet" : `${count} wallets`);

const opening = ({ operation: { request, createdAt, tokenLabel }, legs }: Records): StoryLine => {
  const amount = `${formatSol(request.buyLamports)} SOL`;
  const over = legs === 0 ? "" : ` over ${wallets(legs)}`;
  const named = tokenLabel === undefined ? "" : `, which calls itself ${labelWords(tokenLabel)},`;
  const retried =
    request.retry === undefined ? "" : ` It retries ${request.retry.of}: it buys what that one did not.`;
  const text =
    request.purpose === "sweep"
      ? `Accepted: a sweep returns up to ${amount} to the funding wallet${over}.`
      : `Accepted: ${amount} on ${request.tokenAddress}${named}${over}, ${request.mode}, platform ${request.platform}.${retried}`;
  return { at: createdAt, text };
};

const signed = (steps: readonly Step[]): StoryLine[] =>
  steps.flatMap(({ id, attempts }) =>
    attempts.map(({ number, signature, venue, lastValidBlockHeight, createdAt }) => {
      const where = venue === undefined ? "" : ` on ${venue}`;
      const until = `it may land until block ${lastValidBlockHeight + 1n}`;
      return {
        at: createdAt,
        text: `${subjectOf(id)}: attempt ${number} is signed${where} as ${signature}; ${until}.`,
      };
    }),
  );

const STANDINGS = {
  ready: "may be signed",
  in_flight: "is in flight",
  confirmed: "has landed",
  finalized: "has landed for good",
  failed: "has failed",
  cancelled: "was cancelled",
  needs_review: "needs a review",
} as const satisfies Record<Step["status"], string>;

const stepOf = (kind: "buy" | "fund" | "recover", leg: number): string => subjectOf(`.${kind}.${leg}`);

/** Returns an event's sentence; null if another line of the story already contains the same information. */
function describeEvent(event: StoredEvent): string | null {
  const because = "failure" in event && event.failure ? `: ${event.failure.message}` : "";
  switch (event.type) {
    case "phase":
      return event.phase === "completed" ? null : `${event.label}.`;
    case "result":
      if (event.status === "needs_review")
        return "The operation waits for a person's decision (`cto review`).";
      return `The operation ended as ${event.status.replace("_", " ")}${because}.`;
    case "incident":
      return `Incident: ${event.failure.message}.`;
    case "review": {
      const { resolution, reviewer, reason, evidence, forced } = event;
      const against = forced ? ", against the evidence" : "";
      return `${reviewer} decided that leg ${event.leg} is ${resolution}${against}: ${reason} (evidence: ${evidence}).`;
    }
    default: {
      if (event.status === "in_flight" || event.status === "ready") return null;
      const kind = event.type === "leg" ? "buy" : event.type;
      const number = event.type === "fund" ? event.batch : event.leg;
      const where = event.slot === undefined ? "" : ` in slot ${event.slot}`;
      return `${stepOf(kind, number)} ${STANDINGS[event.status]}${where}${because}.`;
    }
  }
}

/** Sorts the lines by time. At the same time, decisions come first, then signatures, then events. */
export function storyOf(records: Records): StoryLine[] {
  // If a decision explains a review, we omit the event, which has no reason.
  const reviewed = new Set(
    records.decisions.flatMap(({ kind, step }) => (kind === "review" ? [subjectOf(step)] : [])),
  );
  const lines: readonly StoryLine[] = [
    opening(records),
    ...records.decisions.map((decision) => ({ at: decision.at, text: describeDecision(decision) })),
    ...signed(records.steps),
    ...records.events.flatMap((event) => {
      const text = describeEvent(event);
      const isSaid =
        event.type === "leg" && event.status === "needs_review" && reviewed.has(stepOf("buy", event.leg));
      return text === null || isSaid ? [] : [{ at: event.at, text: text.replace(/\.\.$/, ".") }];
    }),
    ...(records.retry === null
      ? []
      : [
          {
            at: records.retry.createdAt,
            text: `${records.retry.id} retries it: it was asked to buy what this operation did not.`,
          },
        ]),
  ];
  return lines.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** Prints each line with its time, UTC. */
export const storyText = (lines: readonly StoryLine[]): string =>
  lines
    .map(({ at, text }) => `${at.toISOString().slice(0, 19).replace("T", " ")}  ${visible(text)}`)
    .join("\n");

async function readEvents({ journal }: Pick<CTOContext, "journal">, id: string): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const page = await journal.readEvents(id, all.at(-1)?.seq ?? 0, PAGE);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/**
 * Reads an operation and returns its story.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`
 * @example
 * console.log(storyText(await explainOperation(context, jobId)));
 */
export async function explainOperation(
  context: Pick<CTOContext, "journal">,
  jobId: string,
): Promise<StoryLine[]> {
  const { journal } = context;
  const operation = await journal.readOperation(jobId);
  if (operation === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  const [legs, steps, decisions, retry, events] = await Promise.all([
    journal.readLegs(jobId),
    journal.readSteps(jobId),
    journal.readDecisions(jobId),
    readRetryOperation(journal, operation),
    readEvents(context, jobId),
  ]);
  const story = storyOf({ operation, legs: legs.length, steps, events, decisions, retry });
  const waits = isUnderWay(operation) ? await whySigningWaits(context) : null;
  return waits === null ? story : [...story, { at: new Date(), text: `Workers sign nothing now: ${waits}.` }];
}
