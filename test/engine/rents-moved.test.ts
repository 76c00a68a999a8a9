/** What becomes of an operation whose rents move: planned anew, or failed by name. */
import { type Address, lamports, type Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { type AnchoredMarket, createMarkets } from "../../src/engine/buy/markets.ts";
import { isShortOfRent, openDespiteMove, openForReachable } from "../../src/engine/buy/rents-moved.ts";
import type { NewLeg, Survey, TransactionFailure } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts, OLD_CLUSTER } from "../support/cluster-accounts.ts";

const surveyAt = (lamportsPerByte: bigint): Survey => ({
  slot: 1n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  owners: new Map(),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: { ...OLD_CLUSTER, lamportsPerByte },
});

const short: TransactionFailure = {
  error: { InsufficientFundsForRent: { account_index: 1 } },
  message: "an account would be left with less than its rent-exempt minimum",
};

/** Markets on a cluster whose rent the test moves. */
function scene() {
  const rent = { now: 696n };
  let opened = 0;
  const chain = {
    fetchAccounts: async () => ({ slot: 1n, accounts: clusterAccounts({ lamportsPerByte: rent.now }) }),
  };
  const markets = createMarkets({ venues: { hasEnded: () => false }, chain }, async () => {
    opened += 1;
    return { open: { venue: "cpmm" }, survey: surveyAt(rent.now) } as unknown as AnchoredMarket;
  });
  return { rent, markets, opened: () => opened };
}

describe("an attempt that failed for want of rent", () => {
  const attempt = { signature: "one" as Signature };

  it("is planned anew by a fresh survey when rents have risen since it was signed", async () => {
    const { rent, markets, opened } = scene();
    markets.note(attempt.signature, await markets.current());
    rent.now = 6_960n;
    expect(await markets.outgrew(attempt, short)).toBe(true);
    expect((await markets.current()).survey.cluster.lamportsPerByte).toBe(6_960n);
    expect(opened()).toBe(2);
  });

  it("is given up where they have not moved: somebody else has emptied the wallet", async () => {
    const { markets, opened } = scene();
    markets.note(attempt.signature, await markets.current());
    expect(await markets.outgrew(attempt, short)).toBe(false);
    await markets.current();
    expect(opened()).toBe(1);
  });

  it("is planned anew where they have risen and fallen again: they are others than it was planned by", async () => {
    const { rent, markets, opened } = scene();
    markets.note(attempt.signature, await markets.current());
    rent.now = 600n;
    expect(await markets.outgrew(attempt, short)).toBe(true);
    expect((await markets.current()).survey.cluster.lamportsPerByte).toBe(600n);
    expect(opened()).toBe(2);
  });

  it("does not close the market that another leg has already opened anew for it", async () => {
    const { rent, markets, opened } = scene();
    const first = await markets.current();
    for (const signature of ["one", "two"] as Signature[]) markets.note(signature, first);
    rent.now = 6_960n;
    for (const signature of ["one", "two"] as Signature[]) {
      expect(await markets.outgrew({ signature }, short)).toBe(true);
      await markets.current();
    }
    expect(opened()).toBe(2);
  });

  it("that another process has signed is planned anew, too", async () => {
    const { markets } = scene();
    expect(await markets.outgrew(attempt, short)).toBe(true);
  });

  it("and one that failed for another reason is not looked at", async () => {
    const { rent, markets } = scene();
    rent.now = 0n; // Were it read, it would be no answer.
    const slippage = { error: { InstructionError: [2, { Custom: 6_001 }] }, message: "slippage" };
    expect(await markets.outgrew(attempt, slippage)).toBe(false);
    await expect(markets.outgrew(attempt, short)).rejects.toMatchObject({ code: "CTO_E_RPC_INVALID_ANSWER" });
  });
});

describe("a leg that is refused before it is signed", () => {
  it("finds its market outdated when rents have moved, and whoever finds it too opens no further one", async () => {
    const { rent, markets, opened } = scene();
    const first = await markets.current();
    expect(await markets.isOutdated(first)).toBe(false);
    rent.now = 6_960n;
    expect(await Promise.all([markets.isOutdated(first), markets.isOutdated(first)])).toEqual([true, true]);
    expect(await markets.isOutdated(await markets.current())).toBe(false);
    expect(await markets.isOutdated(first)).toBe(true);
    await markets.current();
    expect(opened()).toBe(2);
  });
});

describe("an error that a risen rent may be behind", () => {
  it.each([
    [{ InsufficientFundsForRent: { account_index: 3n } }, true],
    [{ InstructionError: [2n, "AccountNotRentExempt"] }, true],
    [{ InstructionError: [2n, { Custom: 1n }] }, true],
    [{ InstructionError: [2, { Custom: 6_001 }] }, false],
    [{ InstructionError: [2, { Custom: 10 }] }, false],
    ["BlockhashNotFound", false],
    [undefined, false],
  ])("%o is told as one: %s", (error, is) => {
    expect(isShortOfRent({ error, message: "" })).toBe(is);
  });
});

describe("a market that is refused", () => {
  const refused = new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: "rent" });
  const open = async ({ cluster }: Survey): Promise<bigint> => {
    if (cluster.lamportsPerByte < 6_960n) throw refused;
    return cluster.lamportsPerByte;
  };

  it("is opened again by a fresh survey while rents move, and not where they do not", async () => {
    const rising = [2_575n, 6_960n];
    const fresh = async () => surveyAt(rising.shift() ?? 0n);
    expect(await openDespiteMove(surveyAt(696n), fresh, open)).toBe(6_960n);
    await expect(openDespiteMove(surveyAt(696n), async () => surveyAt(696n), open)).rejects.toBe(refused);
    await expect(openDespiteMove(surveyAt(5_080n), async () => surveyAt(696n), open)).rejects.toBe(refused);
    const fallen = [2_575n, 6_960n];
    expect(await openDespiteMove(surveyAt(5_080n), async () => surveyAt(fallen.shift() ?? 0n), open)).toBe(
      6_960n,
    );
  });
});

describe("buyers that were funded ahead", () => {
  const legOf = (index: number): NewLeg => ({
    index,
    walletId: `w${index}`,
    address: addressOf(`wallet ${index}`),
    lamports: lamports(1_000n),
    tokensBefore: 0n,
  });
  const legs = [legOf(1), legOf(2), legOf(3)];
  const shortOf = (...addresses: Address[]) =>
    new CTOError("CTO_E_WALLET_SHORT_OF_FUNDS", {
      wallets: addresses.map((address) => ({ address, has: "1", needs: "2", lacks: "1" })),
    });
  const [, second] = legs;

  it("and whose funding does not reach any more fail by name, while the others go on", async () => {
    const poor = addressOf("wallet 2");
    const open = async (served: readonly NewLeg[]) => {
      if (served.some(({ address }) => address === poor)) throw shortOf(poor);
      return served.map(({ index }) => index);
    };
    const { opened, outOfReach } = await openForReachable(legs, open);
    expect(opened).toEqual([1, 3]);
    expect([...outOfReach.keys()]).toEqual([second?.address]);
    expect(outOfReach.get(poor)).toMatchObject({ code: "CTO_E_WALLET_SHORT_OF_FUNDS" });
  });

  it("all fail where none of them is reached", async () => {
    const all = shortOf(...legs.map(({ address }) => address));
    await expect(openForReachable(legs, () => Promise.reject(all))).rejects.toBe(all);
  });
});
