/** What every journal keeps to about limits, reservations and the kill switch. */
import assert from "node:assert/strict";
import { lamports } from "@solana/kit";
import type { LimitSet, Reservation, SpendingCaps } from "../../engine/ports.ts";
import { addressOf, type JournalCase, USER } from "./harness.ts";

const NO_CAPS: SpendingCaps = { userDayLamports: null, walletLifetimeLamports: null };

const buy = (name: string, amount: bigint, walletId = "w1"): Reservation => ({
  stepId: `${name}.buy.1`,
  walletId,
  lamports: lamports(amount),
});

const dayCap = (amount: bigint): SpendingCaps => ({ ...NO_CAPS, userDayLamports: lamports(amount) });
const walletCap = (amount: bigint): SpendingCaps => ({
  ...NO_CAPS,
  walletLifetimeLamports: lamports(amount),
});

export const LIMIT_CASES: readonly JournalCase[] = [
  {
    name: "sets of limits are read back as they were written, absent apart from null",
    run: async ({ journal }) => {
      assert.deepEqual(await journal.readLimits(USER), { everyone: null, own: null });
      const everyone: LimitSet = {
        maxOperationLamports: lamports(2n ** 62n),
        maxUserDayLamports: null,
        maxWallets: 0,
        allowedMints: [addressOf("a"), addressOf("b")],
        deniedMints: [],
      };
      await journal.writeLimits(null, { maxWallets: 3 });
      await journal.writeLimits(null, everyone);
      // A user whose id looks like the scope of everyone has a set of its own.
      await journal.writeLimits("*", { maxSlippageBps: 1 });
      assert.deepEqual(await journal.readLimits(USER), { everyone, own: null });
      assert.deepEqual(await journal.readLimits("*"), { everyone, own: { maxSlippageBps: 1 } });
    },
  },
  {
    name: "a reservation of several steps passes as a whole, or nothing of it is kept",
    run: async ({ journal }) => {
      const two = [buy("a", 6n), buy("b", 5n, "w2")];
      assert.deepEqual(await journal.reserveSpending(USER, two, dayCap(10n)), {
        limit: "userDay",
        allowed: 10n,
        spent: 0n,
        asked: 11n,
      });
      assert.deepEqual(await journal.readSpending(USER), { dayLamports: 0n, wallets: new Map() });
      assert.equal(await journal.reserveSpending(USER, two, dayCap(11n)), null);
      assert.deepEqual(await journal.readSpending(USER), {
        dayLamports: 11n,
        wallets: new Map([
          ["w1", 6n],
          ["w2", 5n],
        ]),
      });
      assert.equal(await journal.reserveSpending("bob", [buy("c", 11n, "w3")], dayCap(11n)), null);
    },
  },
  {
    name: "a step that reserves again is counted once, and checked only for what is more",
    run: async ({ journal }) => {
      assert.equal(await journal.reserveSpending(USER, [buy("a", 10n)], dayCap(10n)), null);
      assert.equal(await journal.reserveSpending(USER, [buy("a", 10n)], dayCap(1n)), null);
      assert.equal(await journal.reserveSpending(USER, [buy("a", 4n)], dayCap(1n)), null);
      assert.deepEqual(await journal.reserveSpending(USER, [buy("a", 12n)], dayCap(11n)), {
        limit: "userDay",
        allowed: 11n,
        spent: 10n,
        asked: 2n,
      });
      assert.equal(await journal.reserveSpending(USER, [buy("a", 11n)], dayCap(11n)), null);
      assert.equal((await journal.readSpending(USER)).dayLamports, 11n);
    },
  },
  {
    name: "a wallet's limit counts what it ever spent, over all operations",
    run: async ({ journal }) => {
      assert.equal(await journal.reserveSpending(USER, [buy("a", 7n)], walletCap(10n)), null);
      assert.deepEqual(
        await journal.reserveSpending(USER, [buy("b", 1n, "w2"), buy("c", 4n)], walletCap(10n)),
        { limit: "walletLifetime", walletId: "w1", allowed: 10n, spent: 7n, asked: 4n },
      );
      const twice = [buy("d", 6n, "w2"), { ...buy("e", 6n, "w2") }];
      const refused = await journal.reserveSpending(USER, twice, walletCap(10n));
      assert.equal(refused?.asked, 12n, "two steps of one wallet count together");
    },
  },
  {
    name: "what is released counts no more; what was never reserved, or is another user's, stays",
    run: async ({ journal }) => {
      await journal.reserveSpending(USER, [buy("a", 6n), buy("b", 4n)], NO_CAPS);
      await journal.releaseSpending(USER, ["a.buy.1", "unknown.buy.1"]);
      await journal.releaseSpending(USER, ["a.buy.1"]);
      await journal.releaseSpending("bob", ["b.buy.1"]);
      assert.deepEqual(await journal.readSpending(USER), {
        dayLamports: 4n,
        wallets: new Map([["w1", 4n]]),
      });
      assert.equal(await journal.reserveSpending(USER, [buy("a", 6n)], dayCap(10n)), null);
    },
  },
  {
    name: "of 50 concurrent reservations exactly those pass that the limit allows",
    run: async ({ journal }) => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          journal.reserveSpending(USER, [buy(`op${at}`, 1_000_000_000n, `w${at}`)], dayCap(10_000_000_000n)),
        ),
      );
      assert.equal(answers.filter((answer) => answer === null).length, 10);
      assert.equal((await journal.readSpending(USER)).dayLamports, 10_000_000_000n);
    },
  },
  {
    name: "the halt stays as it was first written, until it is lifted",
    run: async ({ journal }) => {
      assert.equal(await journal.readHalt(), null);
      const first = await journal.writeHalt({ by: "bob", reason: "a leak" });
      assert.deepEqual([first?.by, first?.reason], ["bob", "a leak"]);
      assert.deepEqual(await journal.writeHalt({ by: "eve", reason: "another" }), first);
      assert.deepEqual(await journal.readHalt(), first);
      assert.equal(await journal.writeHalt(null), null);
      assert.equal(await journal.writeHalt(null), null);
      assert.equal(await journal.readHalt(), null);
    },
  },
];
