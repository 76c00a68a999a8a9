/** Tests that the journal on MongoDB fulfils the journal's contract. */
import { afterEach, describe, inject, test } from "vitest";
import { JOURNAL_CONTRACT } from "../../src/journal/contract.ts";
import { createMongoJournal, type MongoJournal } from "../../src/journal/mongo/index.ts";
import { testMongoDatabase } from "../support/mongo.ts";

const mongo = inject("testMongo");

describe.skipIf(mongo === null)("the journal on MongoDB", () => {
  let database: ReturnType<typeof testMongoDatabase> | undefined;
  let journal: MongoJournal | undefined;

  afterEach(async () => {
    await journal?.close();
    await database?.drop();
  });

  test.each(JOURNAL_CONTRACT)("$name", async ({ run }) => {
    if (mongo === null) return;
    database = testMongoDatabase(mongo);
    const opened = await createMongoJournal({ ...database, allowStandalone: mongo.allowStandalone });
    journal = opened;
    await run({
      journal: opened,
      expireLease: async (userId) => {
        await opened.db
          .collection<{ _id: string }>("leases")
          .updateOne({ _id: userId }, { $set: { expiresAt: new Date(0) } });
      },
      passDay: async (userId) => {
        const documents = opened.db.collection<{ _id: string; entries: { at: Date }[] }>("spending");
        const entries = (await documents.findOne({ _id: userId }))?.entries ?? [];
        const older = entries.map((entry) => ({
          ...entry,
          at: new Date(entry.at.getTime() - 25 * 3_600_000),
        }));
        await documents.updateOne({ _id: userId }, { $set: { entries: older } });
      },
    });
  });
});
