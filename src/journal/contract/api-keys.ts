/** Tests the rules that every journal must follow for the keys of the HTTP API. */
import assert from "node:assert/strict";
import type { NewApiKey } from "../../engine/ports.ts";
import { type JournalCase, rejectsWith, USER } from "./harness.ts";

const keyOf = (id: string, changes: Partial<NewApiKey> = {}): NewApiKey => ({
  id,
  name: `key ${id}`,
  scopes: ["read", "operate"],
  createdBy: "bob",
  secretHash: `hash of ${id}`,
  ...changes,
});

export const API_KEY_CASES: readonly JournalCase[] = [
  {
    name: "API keys are read back as they were added, in that order, and their hashes are in no list",
    run: async ({ journal }) => {
      await journal.addUser({ id: USER });
      assert.deepEqual(await journal.listApiKeys(), []);
      assert.equal(await journal.readApiKey("k1"), null);
      const bound = await journal.addApiKey(keyOf("k2", { userId: USER }));
      const global = await journal.addApiKey(keyOf("k1", { scopes: ["admin"] }));
      assert.deepEqual(
        [bound.userId, bound.scopes, bound.createdBy, global.scopes],
        [USER, ["read", "operate"], "bob", ["admin"]],
      );
      assert.equal("userId" in global || "revokedAt" in global || "lastUsedAt" in global, false);
      assert.deepEqual(await journal.readApiKey("k2"), { key: bound, secretHash: "hash of k2" });
      assert.deepEqual(await journal.listApiKeys(), [bound, global]);
      assert.equal(JSON.stringify([bound, await journal.listApiKeys()]).includes("hash of"), false);
    },
  },
  {
    name: "an API key is bound to a user that there is",
    run: async ({ journal }) => {
      await rejectsWith(journal.addApiKey(keyOf("k1", { userId: "nobody" })), "CTO_E_USER_UNKNOWN");
      assert.deepEqual(await journal.listApiKeys(), []);
    },
  },
  {
    name: "an API key is revoked once, for good, and stays in the list",
    run: async ({ journal }) => {
      await journal.addApiKey(keyOf("k1"));
      await journal.addApiKey(keyOf("k2"));
      const revoked = await journal.revokeApiKey("k1");
      assert.ok(revoked?.revokedAt instanceof Date);
      assert.deepEqual(await journal.revokeApiKey("k1"), revoked);
      assert.deepEqual((await journal.readApiKey("k1"))?.key, revoked);
      assert.deepEqual(
        (await journal.listApiKeys()).map(({ id, revokedAt }) => [id, revokedAt !== undefined]),
        [
          ["k1", true],
          ["k2", false],
        ],
      );
      assert.equal(await journal.revokeApiKey("k9"), null);
    },
  },
  {
    name: "an API key keeps when it ends and where it may be used from, and ends no later than it was told first",
    run: async ({ journal }) => {
      const [early, late] = [new Date(1_900_000_000_000), new Date(1_900_000_100_000)];
      const added = await journal.addApiKey(keyOf("k1", { expiresAt: late, addresses: ["10.0.0.0/8"] }));
      assert.deepEqual([added.expiresAt, added.addresses], [late, ["10.0.0.0/8"]]);
      assert.deepEqual((await journal.readApiKey("k1"))?.key, added);
      assert.deepEqual(await journal.expireApiKey("k1", early), { ...added, expiresAt: early });
      assert.deepEqual((await journal.expireApiKey("k1", late))?.expiresAt, early);
      await journal.addApiKey(keyOf("k2"));
      assert.deepEqual((await journal.expireApiKey("k2", late))?.expiresAt, late);
      assert.equal(await journal.expireApiKey("k9", late), null);
    },
  },
  {
    name: "the last use of an API key is noted",
    run: async ({ journal }) => {
      const added = await journal.addApiKey(keyOf("k1"));
      await journal.touchApiKey("k1");
      await journal.touchApiKey("k9");
      const used = (await journal.readApiKey("k1"))?.key;
      assert.ok(used?.lastUsedAt !== undefined && used.lastUsedAt >= added.createdAt);
      assert.deepEqual(used, { ...added, lastUsedAt: used.lastUsedAt });
    },
  },
];
