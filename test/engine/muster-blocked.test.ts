/** Tests that a pledge that never counts towards the least does not keep a call from its muster. */
import type { Address, Lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { type CountedPledge, musterOf } from "../../src/calls/pledges.ts";
import { validTerms } from "../calls/call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const SOL = 1_000_000_000n;
const pledge = (wallet: string, way: "signs" | "sends", sol: bigint): CountedPledge => ({
  wallet: wallet as Address,
  lamports: (sol * SOL) as Lamports,
  way,
  version: 0,
  at: NOW,
  expiresAt: new Date("2026-12-01T14:00:00Z"),
});
const signers = ["S1", "S2", "S3", "S4", "S5"].map((wallet) => pledge(wallet, "signs", 2n));

it("one wallet that only sends cannot block a call whose least is its most", () => {
  const call = parseTerms({ ...validTerms(), mostLamports: "10000000000" });
  expect(musterOf(call, signers, NOW)?.members).toHaveLength(5);
  const muster = musterOf(call, [pledge("X", "sends", 1n), ...signers], NOW);
  expect(muster?.members.map(({ wallet }) => wallet)).toEqual(["S1", "S2", "S3", "S4", "S5"]);
});

it("wallets that only send cannot take the room of the least: three block 10 to 20 SOL", () => {
  const call = parseTerms(validTerms());
  const senders = ["X1", "X2", "X3"].map((wallet) => pledge(wallet, "sends", 4n));
  const muster = musterOf(call, [...senders, ...signers], NOW);
  expect(muster?.members.map(({ wallet }) => wallet)).toEqual(["X1", "X2", "S1", "S2", "S3", "S4", "S5"]);
});
