/** Tests that a batch's number is never taken for a leg's. */
import type { Address, Lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { type Leg, legOf, type Step, type StepKind, stepOfLeg } from "../../src/engine/ports.ts";

const leg = (index: number): Leg => ({
  index,
  walletId: `w${index}`,
  address: `a${index}` as Address,
  lamports: 1n as Lamports,
  tokensBefore: 0n,
});
const step = (kind: StepKind, number: number): Step => ({
  id: `op.${kind}.${number}`,
  operationId: "op",
  kind,
  number,
  status: "ready",
  version: 1,
  attempts: [],
});
const legs = [leg(1), leg(2)];
const steps = [step("fund", 1), step("fund", 2), step("recover", 2), step("buy", 1), step("buy", 2)];

it("finds the leg of a buy and of a return", () => {
  expect(legOf(legs, step("buy", 2))).toBe(legs[1]);
  expect(legOf(legs, step("recover", 1))).toBe(legs[0]);
  expect(legOf(legs, step("buy", 3))).toBeUndefined();
});

it("finds no leg of a funding, although a leg has its batch's number", () => {
  expect(legOf(legs, step("fund", 1))).toBeUndefined();
});

it("finds the step of a leg by its kind", () => {
  expect(stepOfLeg(steps, "buy", leg(1))?.id).toBe("op.buy.1");
  expect(stepOfLeg(steps, "recover", leg(2))?.id).toBe("op.recover.2");
  expect(stepOfLeg(steps, "recover", leg(1))).toBeUndefined();
});
