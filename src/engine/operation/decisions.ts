/**
 * Defines the decisions of an operation: why it waits, which evidence is missing, why a venue was passed over, on
 * what proof a step was signed again. The journal stores them for `cto explain`; no logic depends on them.
 */
import type { VenueCode } from "./model.ts";

/**
 * The kinds of decisions.
 *
 * - `waits`: nothing is signed now, because a step's attempt may still land, or signing is halted.
 * - `passesOver`: a venue of the route cannot serve.
 * - `takes`: legs are signed in this market from now on.
 * - `signsAgain`: an attempt is provably dead, and the step is signed once more.
 * - `review`: the step's outcome was not proved in time; a person must decide.
 * - `rests`: an outage stopped the operation; it is tried again.
 */
export const DECISION_KINDS = ["waits", "passesOver", "takes", "signsAgain", "review", "rests"] as const;

export type Decision = {
  readonly kind: (typeof DECISION_KINDS)[number];
  /** As text, without the subject. */
  readonly why: string;
  /** `<operationId>.<kind>.<leg>`; absent if the decision is about the operation. */
  readonly step?: string;
  /** The attempt that the decision is about. */
  readonly attempt?: number;
  readonly venue?: VenueCode;
  /** A code of the error registry. */
  readonly code?: string;
};

export type StoredDecision = Decision & { readonly at: Date };

/**
 * The most decisions that we store for one operation. A step that waits for hours stores one decision for each
 * reason.
 */
export const MOST_DECISIONS = 1_000;

const STEP = /\.(buy|fund|recover)\.(\d+)$/;
const SUBJECTS = { buy: "Leg", fund: "The funding of batch", recover: "The return of leg" } as const;

/** `Leg 2`, `The funding of batch 1`, `The return of leg 2`; without a step, the operation. */
export function subjectOf(step: string | undefined): string {
  const [, kind, number] = STEP.exec(step ?? "") ?? [];
  return kind === undefined ? "The operation" : `${SUBJECTS[kind as keyof typeof SUBJECTS]} ${number}`;
}

/** Formats the decision as a sentence. */
export function describeDecision({ kind, why, step, attempt, venue }: Decision): string {
  const subject = subjectOf(step);
  const sentences = {
    waits: `${subject} waits: ${why}`,
    passesOver: `${venue} is passed over: ${why}`,
    takes: `${venue} is taken: ${why}`,
    signsAgain: `${subject} is signed again, because attempt ${attempt} is provably dead: ${why}`,
    review: `${subject} needs a review: ${why}`,
    rests: `${subject} rests: ${why}`,
  } as const;
  return sentences[kind].replace(/\.?$/, ".");
}
