/** Computes a step's next state after each kind of write, for journals that replace whole steps. Pure functions. */
import type { Attempt, NewAttempt, Step, StepChange } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const isLive = ({ status }: Attempt): boolean => status === "live";

/**
 * Returns the step with its next attempt in flight, or null if it is not ready, has a live attempt, or
 * expects another number.
 */
export const withInserted = (step: Step, given: NewAttempt, createdAt: Date): Step | null => {
  const { found: _notStored, ...attempt } = given;
  const isNext = attempt.number === step.attempts.length + 1;
  if (step.status !== "ready" || !isNext || step.attempts.some(isLive)) return null;
  const { failure: _cleared, ...kept } = step;
  return {
    ...kept,
    status: "in_flight",
    version: step.version + 1,
    attempts: [...step.attempts, { ...attempt, status: "live", createdAt }],
  };
};

/** The slot and the reason stay with their attempt until it is live again. */
const changedAttempt = (before: Attempt, change: NonNullable<StepChange["attempt"]>): Attempt => {
  const live = change.status === "live";
  return withoutNulls({
    ...before,
    status: change.status,
    slot: (live ? null : (change.slot ?? before.slot)) ?? null,
    reason: (live ? null : (change.reason ?? before.reason)) ?? null,
  }) as Attempt;
};

/**
 * Returns the changed step. A change without a failure removes an earlier failure. Null if the step has no
 * attempt of that number.
 */
export const withChange = (step: Step, { status, failure, attempt }: StepChange): Step | null => {
  if (attempt !== undefined && step.attempts[attempt.number - 1] === undefined) return null;
  return withoutNulls({
    ...step,
    status,
    failure: failure ?? null,
    version: step.version + 1,
    attempts: step.attempts.map((before) =>
      attempt !== undefined && before.number === attempt.number ? changedAttempt(before, attempt) : before,
    ),
  });
};

/**
 * R6: returns the step in flight again, with its landed attempt live. Null if it is not confirmed, has no
 * landed attempt, or also has a live one.
 */
export const withLandingTakenBack = (step: Step): Step | null => {
  const landed = step.attempts.find(({ status }) => status === "landed");
  if (step.status !== "confirmed" || landed === undefined || step.attempts.some(isLive)) return null;
  return withChange(step, { status: "in_flight", attempt: { number: landed.number, status: "live" } });
};
