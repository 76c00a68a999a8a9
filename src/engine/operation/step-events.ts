/** Builds the events of a leg, a funding and a return. No other file builds them. */
import type { Lamports, Leg, OperationEvent, RecoveryLeg, Step } from "../ports.ts";
import { decisiveAttempt } from "../step/status.ts";

type Of<Type extends OperationEvent["type"]> = Extract<OperationEvent, { type: Type }>;
type Shown = Pick<Of<"leg">, "status" | "signature" | "slot" | "failure">;

const shown = (step: Step): Shown => {
  const attempt = decisiveAttempt(step);
  return {
    status: step.status,
    ...(attempt ? { signature: attempt.signature } : {}),
    ...(attempt?.slot !== undefined ? { slot: attempt.slot } : {}),
    ...(step.failure ? { failure: step.failure } : {}),
  };
};

/** @param progress the operation's progress, 0 to 100 */
export const legEvent = (
  { index, address, lamports }: Pick<Leg, "index" | "address" | "lamports">,
  step: Step,
  progress: number,
): Of<"leg"> => ({ type: "leg", leg: index, address, lamports, progress, ...shown(step) });

/** @param legs the legs that the batch pays for */
export const fundEvent = (legs: readonly Leg[], step: Step): Of<"fund"> => ({
  type: "fund",
  batch: step.number,
  firstLeg: legs[0]?.index ?? 0,
  lastLeg: legs.at(-1)?.index ?? 0,
  progress: 70,
  ...shown(step),
});

/** @param owed the lamports to return, used if nothing was signed yet */
export const recoverEvent = (
  { index, address }: Pick<Leg, "index" | "address">,
  { owed }: Pick<RecoveryLeg, "owed">,
  step: Step,
): Of<"recover"> => ({
  type: "recover",
  leg: index,
  address,
  lamports: decisiveAttempt(step)?.returned ?? (owed as Lamports),
  progress: 100,
  ...shown(step),
});
