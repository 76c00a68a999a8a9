/** Tests which wallets take part if some cannot buy, and how the amount is then shared. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { fitLegs, requireFit } from "../../src/engine/operation/fitness.ts";
import { planLegs } from "../../src/engine/operation/validate.ts";
import type { Address, Holdings, Survey, Wallet } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";

const wallet = (id: string): Wallet => ({
  id,
  userId: "alice",
  role: "buyer",
  address: addressOf(id),
  position: 1,
  createdAt: new Date(0),
});

const WALLETS = ["a", "b", "c"].map(wallet);
const FUNDING = { walletId: "f", address: addressOf("f") };

type Faults = Pick<Holdings, "unfit" | "unfitAccounts">;

const surveyOf = (faults: Readonly<Record<string, Faults>>): Survey => ({
  slot: 1n,
  mint: addressOf("mint"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map<Address, Holdings>(
    ["a", "b", "c", "f"].map((id) => [
      addressOf(id),
      { lamports: lamports(1n), tokenAccount: addressOf(`${id}'s`), tokens: null, ...faults[id] },
    ]),
  ),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: { lamportsPerByte: 6_960n, epoch: 1n, unixTimestamp: 1n, versionOne: false },
});

const FROZEN: Faults = { unfitAccounts: ["its token account is frozen"] };

const plan = (faults: Readonly<Record<string, Faults>>, request: object = {}) =>
  planLegs(
    { buyLamports: lamports(100n), ...request },
    { buyers: WALLETS, payers: { funding: FUNDING } },
    surveyOf(faults),
  );

const shares = ({ legs }: ReturnType<typeof plan>) =>
  legs.map(({ walletId, lamports: share }) => [walletId, share]);

describe("a wallet that cannot buy", () => {
  it("refuses the operation, and every one of them is named with all that is wrong", () => {
    const both = { a: FROZEN, c: { unfit: "it holds data", ...FROZEN } };
    expect(() => plan(both)).toThrow(
      expect.objectContaining({
        code: "CTO_E_WALLETS_UNFIT",
        context: {
          mint: addressOf("mint"),
          wallets: [
            { address: addressOf("a"), reasons: ["its token account is frozen"] },
            { address: addressOf("c"), reasons: ["it holds data", "its token account is frozen"] },
          ],
        },
      }),
    );
  });

  it("is left out of a retry, and the others keep the amounts that they had", () => {
    const retry = { of: "op_1", leastTokens: [null, 5n, null] };
    const request = { skipUnfit: true, weights: [70, 20, 10], retry };
    expect(shares(plan({ a: FROZEN }, request))).toEqual([
      ["b", 20n],
      ["c", 10n],
    ]);
    expect(shares(plan({}, request))).toEqual([
      ["a", 70n],
      ["b", 20n],
      ["c", 10n],
    ]);
    // The retried operation had no plan, so nobody had an amount: the rule shares the whole again.
    expect(shares(plan({ a: FROZEN }, { ...request, retry: { of: "op_1", leastTokens: [] } }))).toEqual([
      ["b", 67n],
      ["c", 33n],
    ]);
  });

  it("is left out where the caller says so: the others share all of it, the lamport left over goes first", () => {
    const { leftOut, ...rest } = plan({ a: FROZEN }, { skipUnfit: true, weights: [7, 2, 1] });
    expect(shares({ ...rest, leftOut })).toEqual([
      ["b", 67n],
      ["c", 33n],
    ]);
    expect(rest.legs.map(({ index }) => index)).toEqual([1, 2]);
    expect(leftOut).toEqual([
      { place: 1, walletId: "a", address: addressOf("a"), reason: "its token account is frozen" },
    ]);
    expect(shares(plan({ b: FROZEN }, { skipUnfit: true }))).toEqual([
      ["a", 50n],
      ["c", 50n],
    ]);
  });

  it("refuses all the same where nobody is left", () => {
    const all = { a: FROZEN, b: FROZEN, c: FROZEN };
    expect(() => plan(all, { skipUnfit: true })).toThrow(
      expect.objectContaining({ code: "CTO_E_WALLETS_UNFIT" }),
    );
  });

  it("pays for nothing as a funding wallet, whose token accounts do not matter", () => {
    expect(() => plan({ f: { unfit: "it holds data" } }, { skipUnfit: true })).toThrow(
      expect.objectContaining({ code: "CTO_E_WALLETS_UNFIT" }),
    );
    expect(plan({ f: FROZEN }).legs).toHaveLength(3);
  });

  it("refuses its own leg alone when it came to be so after the plan, or the market for all of them", () => {
    const survey = surveyOf({ b: FROZEN });
    const kept = fitLegs({ skipUnfit: true }, survey, WALLETS).map(({ id }) => id);
    expect(kept).toEqual(["a", "c"]);
    expect(() => fitLegs({}, survey, WALLETS)).toThrow(
      expect.objectContaining({ code: "CTO_E_WALLETS_UNFIT" }),
    );
    expect(() => requireFit(survey, [wallet("b")])).toThrow();
    expect(() => requireFit(survey, [wallet("a")])).not.toThrow();
  });
});
