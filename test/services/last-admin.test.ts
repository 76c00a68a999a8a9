/**
 * Tests that one admin key is left, however many are revoked by keys at the same time and over however many
 * connections, on every journal.
 */
import { afterEach, describe, expect, inject, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import type { Directory, Journal, SharedCache } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { createMongoJournal } from "../../src/journal/mongo/index.ts";
import { createPostgresJournal } from "../../src/journal/postgres/index.ts";
import { isActive } from "../../src/services/active-key.ts";
import { createApiKey, revokeApiKey, rollApiKey } from "../../src/services/api-keys.ts";
import { testMongoDatabase } from "../support/mongo.ts";
import { testDatabase } from "../support/postgres.ts";

type Context = {
  config: ReturnType<typeof readConfig>;
  journal: Journal & Directory & SharedCache & { close?: () => Promise<void> };
};

const mongo = inject("testMongo");
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Opens one database over several connections, as several processes have it. */
async function open(connect: () => Promise<Context["journal"]>, count: number): Promise<Context[]> {
  const config = readConfig({ CTO_ACTOR: "bob" });
  const journals = await Promise.all(Array.from({ length: count }, connect));
  cleanups.push(...journals.map((journal) => async () => journal.close?.()));
  return journals.map((journal) => ({ config, journal }));
}

const JOURNALS = {
  memory: async (count: number) => {
    const journal = createMemoryJournal({ now: () => new Date() });
    return open(async () => journal, count);
  },
  PostgreSQL: async (count: number) => {
    const { connectionString, drop } = await testDatabase();
    cleanups.push(drop);
    return open(() => createPostgresJournal({ connectionString }), count);
  },
  ...(mongo === null
    ? {}
    : {
        MongoDB: async (count: number) => {
          const { uri, drop } = testMongoDatabase(mongo);
          cleanups.push(drop);
          return open(() => createMongoJournal({ uri, allowStandalone: mongo.allowStandalone }), count);
        },
      }),
} satisfies Record<string, (count: number) => Promise<Context[]>>;

const adminsOf = async ({ journal }: Context): Promise<string[]> =>
  (await journal.listApiKeys())
    .filter((key) => isActive(key) && key.scopes.includes("admin"))
    .map(({ id }) => id);

const addAdmin = async (context: Context, name: string): Promise<string> =>
  (await createApiKey(context, { name, scopes: ["admin"] })).key.id;

const PROCESSES = 4;
const ROUNDS = 3;
const LAST = { status: "rejected", reason: { code: "CTO_E_API_KEY_LAST_ADMIN" } };

describe.each(Object.entries(JOURNALS))("on %s", (_, openContexts) => {
  it("one of many admin keys is left when all of them are revoked at the same time", async () => {
    const contexts = await openContexts(PROCESSES);
    const [first] = contexts as [Context, ...Context[]];
    await addAdmin(first, "the one of the round before");
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (let added = 1; added < PROCESSES; added += 1) await addAdmin(first, `round ${round}, ${added}`);
      const ids = await adminsOf(first);
      expect(ids).toHaveLength(PROCESSES);
      // In odd rounds each key revokes itself, in even ones each revokes the next.
      const by = (at: number) => ids[round % 2 === 1 ? at : (at + 1) % ids.length] ?? "";
      const answers = await Promise.allSettled(
        ids.map((id, at) => revokeApiKey(contexts[at] ?? first, id, by(at))),
      );
      expect(answers.filter(({ status }) => status === "rejected")).toMatchObject([LAST]);
      expect(await adminsOf(first)).toHaveLength(1);
    }
  });

  it("a key does not end while the key that takes its place is revoked", async () => {
    const [here, there] = (await openContexts(2)) as [Context, Context];
    const old = await addAdmin(here, "old");
    // The successor is revoked after it was made, and before anything says whose place it takes.
    const writeNote: Context["journal"]["writeNote"] = async (key, version, value) => {
      if (key === `api-key-replaced/${old}`) await revokeApiKey(there, value ?? "", old);
      return here.journal.writeNote(key, version, value);
    };
    const rolled = rollApiKey({ ...here, journal: { ...here.journal, writeNote } }, old, 0);
    await expect(rolled).rejects.toMatchObject({ code: "CTO_E_API_KEY_UNKNOWN" });
    expect(await adminsOf(here)).toEqual([old]);
  });

  it("a revocation that an outage cut off counts, and can be made again", async () => {
    const [here] = (await openContexts(1)) as [Context];
    const [one, two] = [await addAdmin(here, "one"), await addAdmin(here, "two")];
    const away = new Error("the journal went away");
    const appendAudit = () => Promise.reject(away);
    const cut = revokeApiKey({ ...here, journal: { ...here.journal, appendAudit } }, one, one);
    await expect(cut).rejects.toBe(away);
    expect(await adminsOf(here)).toEqual([one, two]);
    await expect(revokeApiKey(here, two, two)).rejects.toMatchObject(LAST.reason);
    await revokeApiKey(here, one, one);
    expect(await adminsOf(here)).toEqual([two]);
    const three = await addAdmin(here, "three");
    await revokeApiKey(here, two, two);
    expect(await adminsOf(here)).toEqual([three]);
  });
});
