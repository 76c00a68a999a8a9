/**
 * Tests how much an operation has left in a wallet: the result follows from its transactions, and never exceeds the
 * balance beyond the wallet's own funds.
 */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { AccountChange, ChainTransaction, TokenAccount } from "../../src/engine/ports.ts";
import {
  closableOf,
  type LegHistory,
  openedAccounts,
  owedBy,
  returnable,
} from "../../src/engine/recovery/conservation.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import fc from "../support/fast-check.ts";

const WALLET = addressOf("wallet");
const TOKENS = addressOf("token account");
const WRAPPED = addressOf("wrapped SOL account");
const RENT = 2_039_280n;
const MINIMUM = 890_880n;

const transaction = (changes: [typeof WALLET, bigint, bigint][], failed = false): ChainTransaction => ({
  slot: 7n,
  failed,
  changes: changes.map(
    ([address, before, after]): AccountChange => ({
      address,
      before: lamports(before),
      after: lamports(after),
      ...(address === WALLET ? {} : { tokenOwner: WALLET }),
    }),
  ),
  tokens: [],
});

const history = (fund: ChainTransaction | null, ...buys: ChainTransaction[]): LegHistory => ({
  wallet: WALLET,
  fund,
  buys,
});

const account = (changes: Partial<TokenAccount> = {}): TokenAccount => ({
  address: TOKENS,
  program: addressOf("program"),
  owner: WALLET,
  lamports: lamports(RENT),
  closable: true,
  wrapsSol: false,
  ...changes,
});

describe("what a wallet owes", () => {
  it("counts an account as opened whose address held a stranger's lamports, and leaves these out", () => {
    const fund = transaction([[WALLET, 5_000n, 3_005_000n]]);
    const DUST = 900_000n;
    const bought = transaction([
      [WALLET, 3_005_000n, 3_005_000n - 700_000n - (RENT - DUST)],
      [TOKENS, DUST, RENT],
    ]);
    const buy = {
      ...bought,
      changes: bought.changes.map((change) =>
        change.address === TOKENS ? { ...change, opened: true as const } : change,
      ),
    };
    const of = history(fund, buy);
    expect(openedAccounts(of)).toEqual([{ address: TOKENS, lamports: RENT - DUST }]);
    expect(owedBy(of, [])).toMatchObject({ owed: 3_000_000n - 700_000n - (RENT - DUST) });
    expect(owedBy(of, openedAccounts(of))).toMatchObject({ owed: 3_000_000n - 700_000n });
  });

  it("is what was funded less what its buys cost, one that failed on chain included", () => {
    const fund = transaction([[WALLET, 5_000n, 1_005_000n]]);
    const failed = transaction([[WALLET, 1_005_000n, 1_000_000n]], true);
    const bought = transaction([
      [WALLET, 1_000_000n, 300_000n],
      [TOKENS, 0n, RENT],
    ]);
    expect(owedBy(history(fund, failed, bought), [])).toEqual({ owed: 295_000n, before: 5_000n });
  });

  it("does not take for its own what a buy unwraps of the wallet's wrapped SOL", () => {
    const fund = transaction([[WALLET, 0n, 1_000_000n]]);
    const bought = transaction([
      [WALLET, 1_000_000n, 900_000n + 7_000_000n],
      [WRAPPED, 7_000_000n, 0n],
    ]);
    expect(owedBy(history(fund, bought), []).owed).toBe(900_000n);
  });

  it("is nothing when the buy has used the wallet's own money, too", () => {
    const fund = transaction([[WALLET, 9_000_000n, 10_000_000n]]);
    const bought = transaction([[WALLET, 10_000_000n, 8_000_000n]]);
    expect(owedBy(history(fund, bought), []).owed).toBe(0n);
  });

  it("without funding ahead is the rents of accounts that can be closed, whatever else the wallet gained", () => {
    const bought = transaction([
      [WALLET, 0n, MINIMUM],
      [TOKENS, 0n, RENT],
    ]);
    const of = history(null, bought);
    const closable = closableOf(openedAccounts(of), WALLET, new Map([[TOKENS, account()]]));
    expect(closable).toEqual([{ address: TOKENS, lamports: RENT }]);
    expect(owedBy(of, closable)).toEqual({ owed: RENT, before: 0n });
  });

  it("leaves an account that was there before, holds something, is somebody else's, or wraps more SOL than was left", () => {
    const opened = openedAccounts(history(null, transaction([[TOKENS, 0n, RENT]])));
    const closable = (changes: Partial<TokenAccount>) =>
      closableOf(opened, WALLET, new Map([[TOKENS, account(changes)]]));
    expect(openedAccounts(history(null, transaction([[TOKENS, RENT, RENT]])))).toEqual([]);
    expect(openedAccounts(history(null, transaction([[TOKENS, 0n, RENT]], true)))).toEqual([]);
    expect(closable({ closable: false })).toEqual([]);
    expect(closable({ owner: addressOf("another") })).toEqual([]);
    expect(closable({ wrapsSol: true, lamports: lamports(RENT + 1n) })).toEqual([]);
    expect(closable({ lamports: lamports(RENT + 1n) })).toEqual([{ address: TOKENS, lamports: RENT }]);
  });
});

describe("what goes back", () => {
  const none = { accounts: [], closes: [] };
  const back = (owed: bigint, before: bigint, balance: bigint): bigint =>
    returnable(
      OLD_CLUSTER,
      { owed: lamports(owed), before: lamports(before), accounts: none.accounts },
      { balance, closes: none.closes },
    );

  it("is all that is owed when the wallet has it, and may leave the wallet at zero", () => {
    expect(back(1_000_000n, 0n, 1_000_000n)).toBe(1_000_000n);
    expect(back(1_000_000n, 5_000_000n, 9_000_000n)).toBe(1_000_000n);
  });

  it("is less when the wallet would otherwise end between zero and the rent-exempt minimum", () => {
    expect(back(1_000_000n, 0n, 1_500_000n)).toBe(1_500_000n - MINIMUM);
    expect(back(400_000n, 0n, 800_000n)).toBe(0n);
  });

  it("is all but what a wallet had when rents have risen since it got that", () => {
    // At this rate, a new wallet needs more than 800,000 lamports. The wallet had 300,000 of them before, and
    // they must stay.
    expect(back(300_000n, 0n, 800_000n)).toBe(0n);
    const plan = {
      owed: lamports(RENT),
      before: lamports(0n),
      accounts: [{ address: TOKENS, lamports: lamports(RENT) }],
    };
    expect(returnable(OLD_CLUSTER, plan, { balance: 800_000n, closes: [account()] })).toBe(RENT);
  });

  it("does not count on an account that cannot be closed any more", () => {
    const plan = {
      owed: lamports(RENT + 1_000_000n),
      before: lamports(0n),
      accounts: [{ address: TOKENS, lamports: lamports(RENT) }],
    };
    expect(returnable(OLD_CLUSTER, plan, { balance: 1_000_000n, closes: [] })).toBe(1_000_000n);
    expect(returnable(OLD_CLUSTER, plan, { balance: 1_000_000n, closes: [account()] })).toBe(
      RENT + 1_000_000n,
    );
  });

  it("is never more than owed or there, never takes what was before, and leaves a wallet that the runtime accepts", () => {
    const amount = fc.bigInt({ min: 0n, max: 5_000_000n });
    const rate = fc.bigInt({ min: 696n, max: 6_960n });
    fc.assert(
      fc.property(
        rate,
        amount,
        amount,
        amount,
        fc.boolean(),
        (lamportsPerByte, owed, before, balance, closes) => {
          const accounts = closes ? [{ address: TOKENS, lamports: lamports(RENT) }] : [];
          const present = { balance, closes: closes ? [account()] : [] };
          const returned = returnable(
            { lamportsPerByte },
            { owed: lamports(owed), before: lamports(before), accounts },
            present,
          );
          const held = balance + (closes ? RENT : 0n);
          expect(returned).toBeLessThanOrEqual(owed);
          expect(returned).toBeGreaterThanOrEqual(0n);
          if (returned === 0n) return;
          const rest = held - returned;
          expect(rest).toBeGreaterThanOrEqual(before);
          // A wallet needs no more than it had, even if rents have risen since (SIMD-0392).
          const minimum = lamportsPerByte * 128n;
          const least = balance > 0n && balance < minimum ? balance : minimum;
          expect(rest === 0n || rest >= least).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
