/** Tests which MongoDB servers and connection strings the journal opens, and its errors for the others. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, inject, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type CTOError, isCTOError } from "../../src/errors/index.ts";
import { createMongoJournal, type MongoJournal } from "../../src/journal/mongo/index.ts";
import { type Env, runCli, temporaryHome } from "../cli/run-cli.ts";
import { startMongoServer, testMongoDatabase, withDatabase } from "../support/mongo.ts";

const mongo = inject("testMongo");
const redisUrl = inject("testRedisUrl");

const refusalOf = async (opening: Promise<unknown>): Promise<CTOError> => {
  const error = await opening.catch((thrown: unknown) => thrown);
  return isCTOError(error) ? error : expect.fail(`not a CTOError: ${error}`);
};

describe.skipIf(mongo === null)("opening the journal on MongoDB", () => {
  const server = mongo ?? { uri: "", allowStandalone: false, bareUri: null };
  const databases: ReturnType<typeof testMongoDatabase>[] = [];
  const journals: MongoJournal[] = [];

  const fresh = (): string => {
    const database = testMongoDatabase(server);
    databases.push(database);
    return database.uri;
  };
  const open = async (uri: string): Promise<MongoJournal> => {
    const journal = await createMongoJournal({ uri, allowStandalone: server.allowStandalone });
    journals.push(journal);
    return journal;
  };

  afterEach(async () => {
    await Promise.all(journals.splice(0).map((journal) => journal.close()));
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  test("makes the indexes once, however many open it together, and keeps what is there", async () => {
    const uri = fresh();
    const [journal] = await Promise.all([open(uri), open(uri), open(uri)]);
    await journal?.addUser({ id: "alice" });
    const again = await open(uri);
    expect((await again.listUsers()).map(({ id }) => id)).toEqual(["alice"]);
    const versions = await again.db
      .collection("schema")
      .find({}, { projection: { write: 0 } })
      .toArray();
    expect(versions).toEqual([{ _id: "cto", version: 8, revoked: 8 }]);
    const unique = (await again.db.collection("operations").indexes()).filter((index) => index.unique);
    expect(unique.map(({ key }) => key)).toEqual([{ acceptedAs: 1 }]);
  });

  test("keeps what was reserved before costs were counted: it is spending", async () => {
    const journal = await open(fresh());
    await journal.db.collection<{ _id: string }>("spending").insertOne({
      _id: "alice",
      version: 1,
      entries: [{ stepId: "op1.buy.1", walletId: "w1", lamports: "5", at: new Date() }],
      totals: [{ walletId: "w1", lamports: "11" }],
      write: "before",
    } as { _id: string });
    expect(await journal.readSpending("alice")).toEqual({
      day: { spending: 5n, costs: 0n },
      wallets: new Map([["w1", { spending: 11n, costs: 0n }]]),
    });
    await journal.settleSpending("alice", [{ stepId: "op1.buy.1", kind: "spending", lamports: 0n }]);
    expect((await journal.readSpending("alice")).wallets.get("w1")).toEqual({ spending: 6n, costs: 0n });
  });

  test("refuses a database that a newer release has migrated", async () => {
    const uri = fresh();
    const { db } = await open(uri);
    await db.collection("schema").updateOne({}, { $set: { version: 99 } });
    expect(await refusalOf(open(uri))).toMatchObject({
      code: "CTO_E_JOURNAL_INCOMPATIBLE",
      context: { found: 99, supported: 8 },
    });
  });

  test.runIf(server.allowStandalone)(
    "refuses a server without a replica set, unless told otherwise",
    async () => {
      expect(await refusalOf(createMongoJournal({ uri: fresh() }))).toMatchObject({
        code: "CTO_E_JOURNAL_TOO_WEAK",
        context: { setting: "topology", value: "standalone" },
      });
    },
  );

  test.runIf(server.bareUri !== null)(
    "refuses a server whose conditional updates are not atomic, whatever it calls itself",
    async () => {
      // Its data are in memory where there is such a folder: its updates overlap the least there.
      const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
      const bare = (await startMongoServer(folder)) ?? expect.fail("there was one for the whole run");
      try {
        for (let opening = 1; opening <= 5; opening += 1) {
          const refused = createMongoJournal({ uri: `${bare.bareUri}bare${opening}`, allowStandalone: true });
          expect(await refusalOf(refused)).toMatchObject({
            code: "CTO_E_JOURNAL_TOO_WEAK",
            context: { setting: "conditional updates", value: expect.stringMatching(/^\d+ of 12/) },
          });
        }
      } finally {
        await bare.stop();
      }
    },
  );

  test("a record that was damaged by hand is refused by name, and an amount that is no number is damage", async () => {
    const journal = await open(fresh());
    const operations = journal.db.collection<{ _id: string }>("operations");
    await operations.insertOne({ _id: "op", steps: {}, received: {}, legs: [{ lamports: "1e3" }] } as {
      _id: string;
    });
    for (const reading of [journal.readOperation("op"), journal.readLegs("op")]) {
      expect((await refusalOf(reading)).code).toBe("CTO_E_JOURNAL_UNREADABLE");
    }
  });

  test("the database is the one that the connection string names", async () => {
    const journal = await open(fresh());
    expect(journal.db.databaseName).toMatch(/^cto_test_/);
  });

  test("an id that is a query finds nothing, and says so", async () => {
    const journal = await open(fresh());
    await journal.addUser({ id: "alice" });
    for (const id of [{ $ne: null }, /./] as unknown as string[]) {
      expect((await refusalOf(journal.readUser(id))).code).toBe("CTO_E_INTERNAL");
      expect((await refusalOf(journal.listOperations({ userId: id, limit: 1 }))).code).toBe("CTO_E_INTERNAL");
    }
  });

  test.runIf(redisUrl !== null)(
    "`cto doctor` says where the journal is, or why it is not opened",
    async () => {
      const { home, remove } = await temporaryHome();
      const env = { CTO_HOME: home, MONGODB_URI: fresh(), REDIS_URL: redisUrl ?? "" };
      const checkOf = async (over: Env): Promise<unknown> => {
        const { stdout } = await runCli(["doctor", "--json"], { ...env, ...over });
        const { checks } = JSON.parse(stdout) as { checks: { name: string }[] };
        return checks.find(({ name }) => name === "journal");
      };
      const place = /\/\/(?:[^@/]*@)?([^/?]*\/[^?]*)/.exec(env.MONGODB_URI)?.[1] ?? "";
      expect(await checkOf({ MONGODB_ALLOW_STANDALONE: server.allowStandalone ? "1" : "0" })).toEqual({
        name: "journal",
        state: "ok",
        detail: `MongoDB at ${place}; 0 operations are open`,
      });
      expect(await checkOf({ MONGODB_URI: `mongodb://someone:hunter2@127.0.0.1:1/cto?w=1` })).toEqual({
        name: "journal",
        state: "broken",
        detail: expect.stringMatching(/^MongoDB at 127\.0\.0\.1:1\/cto: CTO_E_JOURNAL_TOO_WEAK: .*w = 1/),
      });
      await remove();
    },
  );

  test("a closed journal says that it cannot be reached", async () => {
    const journal = await open(fresh());
    await journal.close();
    expect((await refusalOf(journal.addUser({ id: "alice" }))).code).toBe("CTO_E_JOURNAL_UNAVAILABLE");
  });
});

describe("a connection string for MongoDB", () => {
  test.each([
    ["w=1", "w", "1"],
    ["w=0", "w", "0"],
    ["w=2", "w", "2"],
    ["w=majority&journal=false", "journal", "false"],
    ["readConcernLevel=local", "readConcernLevel", "local"],
    ["readPreference=secondaryPreferred", "readPreference", "secondaryPreferred"],
  ])("is refused with ?%s", async (query, setting, value) => {
    const uri = `mongodb://127.0.0.1:1/cto?${query}`;
    expect(await refusalOf(createMongoJournal({ uri }))).toMatchObject({
      code: "CTO_E_JOURNAL_TOO_WEAK",
      context: { setting, value },
    });
  });

  test.each([
    "mongodb://someone:hunter2secret@127.0.0.1:1/cto?serverSelectionTimeoutMS=100",
    "mongodb://someone:hunter2secret@127.0.0.1:not-a-port/cto",
    "mongodb://someone:hunter2%zzsecret@127.0.0.1/cto",
  ])("that leads nowhere is said without its password: %s", async (uri) => {
    const error = await refusalOf(createMongoJournal({ uri }));
    expect(error.code).toBe("CTO_E_JOURNAL_UNAVAILABLE");
    expect(JSON.stringify([error.message, error.stack, error.context, String(error.cause)])).not.toContain(
      "hunter2",
    );
  });

  test("may name several hosts, and keeps its options when a test changes its database", () => {
    const uri = "mongodb://u:p@a:1,b:2/main?replicaSet=rs0";
    expect(readConfig({ MONGODB_URI: uri }).MONGODB_URI).toBe(uri);
    expect(withDatabase(uri, "own")).toBe("mongodb://u:p@a:1,b:2/own?replicaSet=rs0&authSource=main");
  });

  test("is refused by the configuration when it is none, without being repeated", () => {
    const read = (): unknown => readConfig({ MONGODB_URI: "sesame://open" });
    expect(read).toThrow(/MONGODB_URI must be/);
    expect(read).not.toThrow(/sesame/);
  });
});

describe("MONGODB_ALLOW_STANDALONE", () => {
  const given = { MONGODB_ALLOW_STANDALONE: "1", ENCRYPTION_SECRET: "a secret of a test" };

  test.each(["http://127.0.0.1:8899", "http://localhost:8899,http://[::1]:8900"])(
    "is let in with %s",
    (urls) => {
      expect(readConfig({ ...given, SOLANA_RPC_URL: urls }).MONGODB_ALLOW_STANDALONE).toBe("1");
    },
  );

  test.each(["https://api.mainnet-beta.solana.com", "http://127.0.0.1:8899,https://127.0.0.1.example.com"])(
    "is refused with %s",
    (urls) => {
      expect(() => readConfig({ ...given, SOLANA_RPC_URL: urls })).toThrow(/MONGODB_ALLOW_STANDALONE/);
    },
  );
});
