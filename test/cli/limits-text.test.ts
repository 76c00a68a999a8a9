/** Tests what `cto limits show` tells: whose limits hold, and which wallet has spent what. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { limitsText } from "../../src/cli/commands/limits.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";

const everyone = { maxOperationLamports: lamports(5_000_000_000n), maxUserDayLamports: null };
const own = { maxUserDayLamports: lamports(2_000_000_000n) };
const spent = { spending: 1_000_000_000n, costs: 0n };
const spending = { day: spent, wallets: new Map([["w_1", spent]]) };
const wallets = [{ id: "w_1", address: addressOf("buyer"), role: "buyer" }] as const;

it("says which limits are in force, if there are some for everyone and some of the user's own", () => {
  const text = limitsText("alice", { everyone, own, spending, halt: null }, wallets);
  expect(text).toMatch(/In force for alice:\n {2}per-operation +5 SOL\n {2}per-day +2 SOL\n/);
  for (const view of [
    { everyone, own: null, spending, halt: null },
    { everyone: null, own, spending, halt: null },
  ])
    expect(limitsText("alice", view, wallets)).not.toContain("In force");
});

it("names a wallet by role and address", () => {
  const text = limitsText("alice", { everyone, own, spending, halt: null }, wallets);
  expect(text).toContain(`  buyer ${addressOf("buyer")} (w_1) ever: 1 SOL`);
});
