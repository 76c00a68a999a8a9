/** Tests an operation whose rents change: it is planned again, or fails with a specific error. */
import { type Address, lamports, type Signature } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { type AnchoredMarket, createMarkets, type Markets } from "../../src/engine/buy/markets.ts";
import { isShortOfRent, openDespiteMove, openForReachable } from "../../src/engine/buy/rents-moved.ts";
import { signBuy } from "../../src/engine/buy/sign-buy.ts";
import type { Run } from "../../src/engine/operation/journaling.ts";
import type { Holdings, Leg, NewLeg, Step, Survey, TransactionFailure } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { clusterAccounts, OLD_CLUSTER } from "../support/cluster-accounts.ts";

const wallet = addressOf("wallet");

const surveyAt = (lamportsPerByte: bigint): Survey => ({
  slot: 1n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map(),
  fetched: { slot: 1n, accounts: new Map() },
  cluster: { ...OLD_CLUSTER, lamportsPerByte },
});

const short: TransactionFailure = {
  error: { InsufficientFundsForRent: { account_index: 1 } },
  message: "an account would be left with less than its rent-exempt minimum",
};

/** Markets on a cluster whose rent the test changes. */
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

describe("an attempt that failed because rent was missing", () => {
  const attempt = { signature: "one" as Signature };

  it("is planned anew by a fresh survey when rents have risen since it was signed", async () => {
    const { rent, markets, opened } = scene();
    markets.note(attempt.signature, await markets.current(), wallet);
    rent.now = 6_960n;
    expect(await markets.outgrew(attempt, short)).toBe(true);
    expect((await markets.current()).survey.cluster.lamportsPerByte).toBe(6_960n);
    expect(opened()).toBe(2);
  });

  it("is given up if rents have not moved, because somebody else has emptied the wallet", async () => {
    const { markets, opened } = scene();
    markets.note(attempt.signature, await markets.current(), wallet);
    expect(await markets.outgrew(attempt, short)).toBe(false);
    await markets.current();
    expect(opened()).toBe(1);
  });

  it("is planned anew where they have risen and fallen again: they are others than it was planned by", async () => {
    const { rent, markets, opened } = scene();
    markets.note(attempt.signature, await markets.current(), wallet);
    rent.now = 600n;
    expect(await markets.outgrew(attempt, short)).toBe(true);
    expect((await markets.current()).survey.cluster.lamportsPerByte).toBe(600n);
    expect(opened()).toBe(2);
  });

  it("does not close the market that another leg has already opened anew for it", async () => {
    const { rent, markets, opened } = scene();
    const first = await markets.current();
    for (const signature of ["one", "two"] as Signature[]) markets.note(signature, first, wallet);
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

  it("an attempt that failed for another reason is ignored", async () => {
    const { rent, markets } = scene();
    rent.now = 0n; // If the rent were read, this value would be refused as invalid.
    const slippage = { error: { InstructionError: [2, { Custom: 6_001 }] }, message: "slippage" };
    expect(await markets.outgrew(attempt, slippage)).toBe(false);
    await expect(markets.outgrew(attempt, short)).rejects.toMatchObject({ code: "CTO_E_RPC_INVALID_ANSWER" });
  });
});

describe("a leg that is refused before it is signed", () => {
  it("finds its market outdated when rents have moved, and only the first such leg opens a new one", async () => {
    const { rent, markets, opened } = scene();
    const first = await markets.current();
    expect(await markets.isOutdated(first, wallet)).toBe(false);
    rent.now = 6_960n;
    expect(await Promise.all([markets.isOutdated(first, wallet), markets.isOutdated(first, wallet)])).toEqual(
      [true, true],
    );
    expect(await markets.isOutdated(await markets.current(), wallet)).toBe(false);
    expect(await markets.isOutdated(first, wallet)).toBe(true);
    await markets.current();
    expect(opened()).toBe(2);
  });
});

describe("an attempt whose buyer had accounts", () => {
  const [tokenAccount, wrappedAccount] = [addressOf("token account"), addressOf("wrapped account")];
  const failed = { error: { InstructionError: [3n, { Custom: 3_012n }] }, message: "not initialized" };
  const holding = (accounts: Partial<Holdings>): Survey => ({
    ...surveyAt(696n),
    owners: new Map([[wallet, { lamports: lamports(1n), tokens: null, tokenAccount, ...accounts }]]),
  });

  /** Markets with this survey, on a chain where only the accounts `left` still exist. */
  function openedBy(survey: Survey, left: readonly Address[]) {
    let opened = 0;
    const asked: Address[] = [];
    const fetchAccounts = async (addresses: readonly Address[]) => {
      asked.push(...addresses);
      const account = { owner: wallet, lamports: lamports(1n), data: new Uint8Array() };
      return { slot: 2n, accounts: new Map(left.map((address) => [address, account])) };
    };
    const markets = createMarkets(
      { venues: { hasEnded: () => false }, chain: { fetchAccounts } },
      async () => {
        opened += 1;
        return { open: { venue: "cpmm" }, survey } as unknown as AnchoredMarket;
      },
    );
    return { markets, asked, opened: () => opened };
  }
  const one = "one" as Signature;

  it.each([
    ["token account", { tokens: 0n }, [wrappedAccount]],
    ["wrapped-SOL account", { wrappedAccount }, [tokenAccount]],
    ["token account, the other is left", { tokens: 7n, wrappedAccount }, [wrappedAccount]],
  ])("is planned anew where it has closed its %s", async (_what, accounts, left) => {
    const { markets, opened } = openedBy(holding(accounts), left);
    markets.note(one, await markets.current(), wallet);
    const market = await markets.current();
    expect(await markets.outgrew({ signature: one }, failed)).toBe(true);
    await markets.current();
    expect(opened()).toBe(2);
    // A leg that is refused before signing gets the same result.
    expect(await markets.isOutdated(market, wallet)).toBe(true);
  });

  it("is given up if the accounts still exist, without a request if there were none or the transaction never ran", async () => {
    const had = openedBy(holding({ tokens: 0n }), [tokenAccount]);
    had.markets.note(one, await had.markets.current(), wallet);
    expect(await had.markets.outgrew({ signature: one }, failed)).toBe(false);
    expect(had.asked).toEqual([tokenAccount]);
    const expired = { error: "BlockhashNotFound", message: "" };
    expect(await had.markets.outgrew({ signature: one }, expired)).toBe(false);
    const none = openedBy(holding({}), []);
    none.markets.note(one, await none.markets.current(), wallet);
    expect(await none.markets.outgrew({ signature: one }, failed)).toBe(false);
    // An earlier run signed this transaction, so we do not have its survey.
    expect(await none.markets.outgrew({ signature: "other" as Signature }, failed)).toBe(false);
    expect([...had.asked.slice(1), ...none.asked]).toEqual([]);
  });
});

describe("a leg that is refused whatever rents do", () => {
  it("is given up soon if only one endpoint returns another rent than the quorum", async () => {
    const leg = { index: 1, walletId: "w1", address: addressOf("wallet 1"), lamports: lamports(1_000n) };
    const refused = new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: "slippage" });
    let asked = 0;
    const market = {
      survey: surveyAt(5_080n),
      outOfReach: new Map(),
      payers: { funding: null },
      format: { version: 0 },
      computeUnitPrice: 1n,
      anchors: new Map([[1, 1n]]),
      open: {
        buy: async () => {
          asked += 1;
          throw refused;
        },
      },
    } as unknown as AnchoredMarket;
    const markets: Markets = {
      current: async () => market,
      ends: () => false,
      note: () => undefined,
      outgrew: async () => false,
      isOutdated: async () => true,
    };
    const run = { ports: { chain: { maxComputeUnitPrice: 1n }, keyring: {} } } as unknown as Run;
    const step = { attempts: [] } as unknown as Step;
    await expect(signBuy(run, markets, leg as unknown as Leg, 1, step)).rejects.toBe(refused);
    expect(asked).toBe(4);
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
  ])("%o is recognised: %s", (error, is) => {
    expect(isShortOfRent({ error, message: "" })).toBe(is);
  });
});

/** A market with this survey. */
const openedAt = (survey: Survey) => ({ survey });

describe.each(["CTO_E_TRANSACTION_REFUSED", "CTO_E_TRANSACTION_EFFECT"] as const)(
  "a market that is refused with %s",
  (code) => {
    const refused = new CTOError(code, { wallet: addressOf("wallet"), reason: "rent" });
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

    it("is opened again where a wallet has closed an account since, and not for ever", async () => {
      const has = (tokens: bigint | null): Survey => ({
        ...surveyAt(696n),
        owners: new Map([[wallet, { lamports: lamports(1n), tokens, tokenAccount: addressOf("ata") }]]),
      });
      const needed = async (survey: Survey) => {
        if (survey.owners.get(wallet)?.tokens !== null) throw refused;
        return openedAt(survey);
      };
      const gone = has(null);
      expect(await openDespiteMove(has(0n), async () => gone, needed)).toEqual(openedAt(gone));
      await expect(openDespiteMove(has(0n), async () => has(0n), needed)).rejects.toBe(refused);
      let tries = 0;
      const fresh = async () => {
        tries += 1;
        return surveyAt(696n + BigInt(tries));
      };
      await expect(openDespiteMove(surveyAt(696n), fresh, async () => Promise.reject(refused))).rejects.toBe(
        refused,
      );
      expect(tries).toBe(5);
    });
  },
);

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
      wallets: addresses.map((address) => ({ address, has: 1n, needs: 2n, lacks: 1n })),
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
