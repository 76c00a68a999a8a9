/**
 * Finds the leg of a step, and the step of a leg. Only a buy and a return belong to one leg. A funding pays for a
 * batch of legs, so its number is the batch's.
 */
import type { Leg, Step } from "../operation/model.ts";

/** Returns the leg of a buy or of a return; undefined for a funding. */
export const legOf = (
  legs: readonly Leg[],
  { kind, number }: Pick<Step, "kind" | "number">,
): Leg | undefined => (kind === "fund" ? undefined : legs.find(({ index }) => index === number));

/** Returns the buy or the return of a leg. */
export const stepOfLeg = (
  steps: readonly Step[],
  kind: "buy" | "recover",
  leg: Pick<Leg, "index">,
): Step | undefined => steps.find((step) => step.kind === kind && step.number === leg.index);
