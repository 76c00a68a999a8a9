/** Tests what `cto call show` says of the members of a call that is over. */
import type { Address, Lamports } from "@solana/kit";
import pc from "picocolors";
import { expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { callText } from "../../src/cli/call-text.ts";
import { createMuster } from "../../src/engine/calls/muster-moves.ts";
import { callView } from "../../src/services/calls/view.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "../calls/call.ts";

const now = new Date("2026-12-01T12:30:00Z");
const wallet: Address = generateKeypair().address;

it("has a state for each member, also for one that never asked", () => {
  const goal = { leastLamports: 1n, mostLamports: 9n, leastWallets: 1, endsAt: now };
  const muster = createMuster(goal, [{ wallet, lamports: 5n as Lamports, way: "signs" }]);
  const record = { ...newRecord(parseTerms(validTerms()), now), muster };
  const rowOf = (changes: object): string =>
    callText(callView({ ...record, ...changes }, []), pc.createColors(false))
      .split("\n")
      .find((line) => line.includes(wallet)) ?? "";
  expect(rowOf({ status: "mustering" })).toContain("not asked yet");
  expect(rowOf({ status: "lapsed", ended: { at: now, why: "why" } })).toContain("took no part");
});
