/** What becomes of a step by each kind of write, for journals that write whole steps. Pure. */
import type { Attempt, NewAttempt, Step, StepChange } from "../engine/ports.ts";
import { withoutNulls } from "./without-nulls.ts";

const isLive = ({ status }: Attempt): boolean => status === "live";

/** The step with its next attempt in flight. Null when it is not ready, has a live attempt, or another number is next. */
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

/** A slot and a reason stay with their attempt until it is live again. */
const changedAttempt = (before: Attempt, change: NonNullable<StepChange["attempt"]>): Attempt => {
  const live = change.status === "live";
  return withoutNulls({
    ...before,
    status: change.status,
    slot: (live ? null : (change.slot ?? before.slot)) ?? null,
    reason: (live ? null : (change.reason ?? before.reason)) ?? null,
  }) as Attempt;
};

/** The changed step: a failure that the change does not mention is gone. Null when there is no attempt of that number. */
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

/** R6: in flight again, its landed attempt live. Null when it is not confirmed, has none landed, or one live besides. */
export const withLandingTakenBack = (step: Step): Step | null => {
  const landed = step.attempts.find(({ status }) => status === "landed");
  if (step.status !== "confirmed" || landed === undefined || step.attempts.some(isLive)) return null;
  return withChange(step, { status: "in_flight", attempt: { number: landed.number, status: "live" } });
};
