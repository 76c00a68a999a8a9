/** Tests which pledges count, which are covered, and when they make a muster. */
import type { Address, Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Arrival } from "../../src/calls/arrivals.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { countedPledges, coverOf, musterOf } from "../../src/calls/pledges.ts";
import { validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const SOL = 1_000_000_000n;
const call = parseTerms(validTerms());

const arrival = (
  wallet: string,
  minute: number,
  {
    lamports = (2n * SOL) as bigint | null,
    expiresAt = "2026-12-01T14:00:00Z",
    way = "signs" as Arrival["way"],
  } = {},
): Arrival => {
  const common = {
    callId: "call_1",
    termsHash: call.termsHash,
    wallet: wallet as Address,
    expiresAt,
    nonce: `${wallet}${minute}`,
  };
  return {
    statement:
      lamports === null
        ? { kind: "withdrawal", ...common }
        : { kind: "pledge", ...common, lamports: String(lamports) },
    signature: "s" as Signature,
    at: new Date(`2026-12-01T12:${String(minute).padStart(2, "0")}:00Z`),
    way,
    version: 0,
  };
};

const walletsOf = (arrivals: readonly Arrival[]) => countedPledges(arrivals, NOW).map(({ wallet }) => wallet);

describe("the pledges that count", () => {
  it("are the last of each wallet, in the order of their arrival", () => {
    const arrivals = [arrival("A", 1), arrival("B", 2), arrival("A", 3, { lamports: SOL })];
    expect(countedPledges(arrivals, NOW)).toMatchObject([
      { wallet: "B", lamports: 2n * SOL },
      { wallet: "A", lamports: SOL },
    ]);
  });

  it("are none of a wallet that has withdrawn, until it pledges again", () => {
    const withdrawn = [arrival("A", 1), arrival("A", 2, { lamports: null })];
    expect(walletsOf(withdrawn)).toEqual([]);
    expect(walletsOf([...withdrawn, arrival("A", 3)])).toEqual(["A"]);
  });

  it("have not expired, and an earlier pledge does not come back when the last one expires", () => {
    const expired = { expiresAt: "2026-12-01T12:30:00Z" };
    expect(walletsOf([arrival("A", 1, expired)])).toEqual([]);
    expect(walletsOf([arrival("A", 1), arrival("A", 2, expired)])).toEqual([]);
  });
});

describe("a muster", () => {
  const pledges = (count: number, way: Arrival["way"] = "signs") =>
    countedPledges(
      Array.from({ length: count }, (_, at) => arrival(`W${at}`, at, { lamports: 3n * SOL, way })),
      NOW,
    );

  it("begins when wallets that sign reach the least, of lamports and of wallets", () => {
    expect(musterOf(call, pledges(3), NOW)).toBeNull();
    expect(musterOf(call, pledges(4), NOW)?.members).toHaveLength(4);
    expect(musterOf(call, pledges(4, "sends"), NOW)).toBeNull();
  });

  it("ends after its seconds, and at the deadline at the latest", () => {
    expect(musterOf(call, pledges(4), NOW)?.goal.endsAt).toEqual(new Date("2026-12-01T12:40:00Z"));
    const late = new Date("2026-12-01T13:55:00Z");
    expect(musterOf(call, pledges(4), late)?.goal.endsAt).toEqual(new Date("2026-12-01T14:00:00Z"));
  });
});

it("a covered pledge leaves room for the rents of what a buy may open, and for the highest fee", () => {
  const cover = coverOf(SOL, { lamportsPerByte: 5_080n }, 1_000_000n);
  expect(cover).toBe(SOL + 1_000_000n + 5_080n * (4n * 128n + 900n));
});
