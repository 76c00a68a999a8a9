/** Tests the rules that every directory of users and wallets must follow. */
import assert from "node:assert/strict";
import type { NewWallet, UserFilter } from "../../engine/ports.ts";
import { addressOf, type JournalCase, rejectsWith, USER } from "./harness.ts";

const walletOf = (id: string, changes: Partial<NewWallet> = {}): NewWallet => ({
  id,
  userId: USER,
  role: "buyer",
  address: addressOf(id),
  sealedKey: `sealed ${id}`,
  ...changes,
});

export const DIRECTORY_CASES: readonly JournalCase[] = [
  {
    name: "users are unique, and listed in the order in which they were added",
    run: async ({ journal }) => {
      const added = await journal.addUser({ id: USER, name: "Alice" });
      await journal.addUser({ id: "aaron" });
      assert.deepEqual(await journal.readUser(USER), added);
      assert.equal(await journal.readUser("nobody"), null);
      assert.deepEqual(
        (await journal.listUsers()).map(({ id }) => id),
        [USER, "aaron"],
      );
      assert.equal("name" in ((await journal.readUser("aaron")) ?? {}), false);
      await rejectsWith(journal.addUser({ id: USER }), "CTO_E_USER_EXISTS");
    },
  },
  {
    name: "users are found by the beginning of an id or a part of a name, page by page",
    run: async ({ journal }) => {
      await journal.addUser({ id: "a_lice", name: "Ada 100% (Ω)" });
      await journal.addUser({ id: "axlice" });
      await journal.addUser({ id: "bob", name: "Alan" });
      const ids = async (filter: UserFilter) => (await journal.listUsers(filter)).map(({ id }) => id);
      assert.deepEqual(await ids({ limit: 2 }), ["a_lice", "axlice"]);
      assert.deepEqual(await ids({ after: "axlice", limit: 2 }), ["bob"]);
      assert.deepEqual(await ids({ after: "nobody", limit: 2 }), []);
      assert.deepEqual(await ids({ search: "A", limit: 9 }), ["a_lice", "axlice", "bob"]);
      assert.deepEqual(await ids({ search: "A", after: "a_lice", limit: 1 }), ["axlice"]);
      assert.deepEqual(await ids({ search: "a_", limit: 9 }), ["a_lice"]);
      assert.deepEqual(await ids({ search: "100% (", limit: 9 }), ["a_lice"]);
      assert.deepEqual(await ids({ search: "lice", limit: 9 }), []);
      assert.deepEqual(await ids({ search: "", limit: 0 }), []);
    },
  },
  {
    name: "wallets take growing positions per user, also when they are added at once",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addUser({ id: "bob" });
      await Promise.all(Array.from({ length: 8 }, (_, at) => journal.addWallet(walletOf(`w${at}`))));
      const positions = (await journal.listWallets(USER)).map(({ position }) => position);
      assert.equal(new Set(positions).size, 8);
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => a - b),
      );
      const bobs = await journal.addWallet(walletOf("bobs", { userId: "bob", label: "first" }));
      assert.deepEqual(await journal.listWallets("bob"), [bobs]);
      assert.equal(bobs.label, "first");
    },
  },
  {
    name: "an address is one wallet only, whoever asks for it",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addUser({ id: "bob" });
      await journal.addWallet(walletOf("w1"));
      const stolen = walletOf("w2", { userId: "bob", address: addressOf("w1") });
      await rejectsWith(journal.addWallet(stolen), "CTO_E_WALLET_EXISTS");
      await rejectsWith(journal.addWallet(walletOf("w3", { userId: "nobody" })), "CTO_E_USER_UNKNOWN");
      assert.deepEqual(await journal.listWallets("bob"), []);
      const [found] = await journal.listWallets(USER);
      assert.deepEqual(await journal.findWallet(addressOf("w1")), found);
      assert.equal(await journal.findWallet(addressOf("w2")), null);
    },
  },
  {
    name: "a user has at most one funding wallet",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      const twice = await Promise.allSettled(
        ["f1", "f2"].map((id) => journal.addWallet(walletOf(id, { role: "funding" }))),
      );
      const refused = twice.find((answer) => answer.status === "rejected");
      assert.ok(refused?.status === "rejected");
      await rejectsWith(Promise.reject(refused.reason), "CTO_E_WALLET_FUNDING_EXISTS");
      assert.equal((await journal.listWallets(USER)).length, 1);
    },
  },
  {
    name: "a wallet is disabled once, stays in the list, and is enabled again",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      const wallet = await journal.addWallet(walletOf("w1"));
      assert.equal("disabledAt" in wallet, false);
      const disabled = await journal.setWalletDisabled("w1", true);
      assert.ok(disabled?.disabledAt instanceof Date);
      assert.deepEqual(disabled, { ...wallet, disabledAt: disabled.disabledAt });
      assert.deepEqual(await journal.setWalletDisabled("w1", true), disabled);
      assert.deepEqual(await journal.listWallets(USER), [disabled]);
      assert.deepEqual(await journal.setWalletDisabled("w1", false), wallet);
      assert.deepEqual(await journal.readWallet("w1"), wallet);
      assert.equal(await journal.setWalletDisabled("w9", true), null);
    },
  },
  {
    name: "the sealed key is read by wallet id and is nowhere else",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      const wallet = await journal.addWallet(walletOf("w1"));
      assert.deepEqual(await journal.readSealedKey("w1"), { wallet, sealedKey: "sealed w1" });
      assert.deepEqual(await journal.readWallet("w1"), wallet);
      assert.equal(await journal.readWallet("w9"), null);
      const shown = [wallet, await journal.readWallet("w1"), await journal.listWallets(USER)];
      assert.equal(JSON.stringify(shown).includes("sealed"), false);
      await rejectsWith(journal.readSealedKey("w9"), "CTO_E_WALLET_UNKNOWN");
      const second = await journal.addWallet(walletOf("w2"));
      assert.deepEqual(
        await journal.readSealedKeys(["w2", "w9", "w1", "w2"]),
        new Map([
          ["w1", { wallet, sealedKey: "sealed w1" }],
          ["w2", { wallet: second, sealedKey: "sealed w2" }],
        ]),
      );
      assert.deepEqual(await journal.readSealedKeys([]), new Map());
    },
  },
  {
    name: "all users' sealed keys are paged through, byte by byte in the order of their wallets' ids",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      await journal.addUser({ id: "bob" });
      const ids = ["w2", "W3", "w10", "w_1", "w-1", "wé", "w1"];
      for (const [at, id] of ids.entries())
        await journal.addWallet(walletOf(id, { userId: at % 2 === 0 ? USER : "bob" }));
      const seen: string[] = [];
      for (let after = ""; ; ) {
        const page = await journal.listSealedKeys(after, 3);
        for (const { wallet, sealedKey } of page) {
          assert.equal(sealedKey, `sealed ${wallet.id}`);
          assert.deepEqual(await journal.readSealedKey(wallet.id), { wallet, sealedKey });
          seen.push(wallet.id);
        }
        const last = page.at(-1);
        if (last === undefined) break;
        assert.ok(page.length <= 3);
        after = last.wallet.id;
      }
      assert.deepEqual(seen, ["W3", "w-1", "w1", "w10", "w2", "w_1", "wé"]);
    },
  },
  {
    name: "a sealed key is replaced by one only of those who have read it, and nothing else of the wallet changes",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      const wallet = await journal.addWallet(walletOf("w1"));
      const other = await journal.addWallet(walletOf("w2"));
      const outcomes = await Promise.all(
        ["a", "b", "c", "d"].map((name) => journal.replaceSealedKey("w1", "sealed w1", `anew by ${name}`)),
      );
      assert.equal(outcomes.filter((replaced) => replaced).length, 1);
      const winner = ["a", "b", "c", "d"][outcomes.indexOf(true)];
      const now = { wallet, sealedKey: `anew by ${winner}` };
      assert.deepEqual(await journal.readSealedKey("w1"), now);
      assert.equal(await journal.replaceSealedKey("w1", "sealed w1", "late"), false);
      assert.equal(await journal.replaceSealedKey("w9", "sealed w9", "of nobody"), false);
      assert.equal(await journal.replaceSealedKey("w1", now.sealedKey, "once more"), true);
      assert.deepEqual(await journal.readSealedKey("w2"), { wallet: other, sealedKey: "sealed w2" });
    },
  },
];
