/**
 * Tests how the journal on MongoDB keeps a user's document small: the reservations of an operation that rests move to
 * a document of their own, and no limit forgets them.
 */
import { lamports } from "@solana/kit";
import { afterEach, describe, expect, inject, it } from "vitest";
import type { Reservation, SpendingCaps } from "../../src/engine/ports.ts";
import {
  backSince,
  divide,
  encodeEntries,
  heldBy,
  nothingSpent,
  parseResting,
  type SpendingRecord,
  withMovedBack,
  withReserved,
  withResting,
  withSettled,
} from "../../src/journal/mongo/documents/spending.ts";
import { createMongoJournal, type MongoJournal } from "../../src/journal/mongo/index.ts";
import { DAY_MS, overspending } from "../../src/journal/spending.ts";
import { testMongoDatabase } from "../support/mongo.ts";

const START = Date.UTC(2030, 0, 1);
const day = (days: number): Date => new Date(START + days * DAY_MS);

const buy = (operation: string, leg: number, amount: bigint): Reservation => ({
  stepId: `${operation}.buy.${leg}`,
  kind: "spending",
  walletId: `w${leg}`,
  lamports: lamports(amount),
});

const CAPS: SpendingCaps = {
  operationLamports: lamports(10n),
  userDayLamports: null,
  walletLifetimeLamports: null,
};

/** The record with these amounts, which left on that day. */
const spent = (record: SpendingRecord, buys: readonly Reservation[], at: Date): SpendingRecord =>
  withSettled(withReserved(record, buys), buys, at) ?? expect.fail("nothing was settled");

const first = (): SpendingRecord => spent(nothingSpent("alice"), [buy("old", 1, 8n)], day(0));

/** On the third day, another operation reserves. The entries of `old` then move to their own document. */
const moved = () => {
  const { kept, resting, absent } = divide(first(), [buy("new", 1, 1n)], day(2.5));
  const record = withReserved(kept, [buy("new", 1, 1n)]);
  const document = { _id: "old alice", version: 1, entries: encodeEntries(resting.get("old") ?? []) };
  return { record, resting, absent, document };
};

describe("a user's document of reservations", () => {
  it("keeps the entries of the operation that reserves, however old they are", () => {
    const { kept, resting, absent } = divide(first(), [buy("old", 2, 3n)], day(3));
    expect([resting.size, absent]).toEqual([0, []]);
    expect(overspending([buy("old", 2, 3n)], CAPS, heldBy(kept, day(3)))).toMatchObject({
      limit: "operation",
      spent: 8n,
    });
  });

  it("keeps an operation as a whole while one of its entries is young", () => {
    const record = spent(first(), [buy("old", 2, 1n)], day(1.5));
    expect(divide(record, [buy("new", 1, 1n)], day(2.5)).resting.size).toBe(0);
    expect(divide(record, [buy("new", 1, 1n)], day(3.6)).resting.get("old")).toHaveLength(2);
  });

  it("keeps what may still leave, however long ago it was reserved", () => {
    const record = withReserved(first(), [buy("old", 2, 1n)]);
    expect(divide(record, [buy("new", 1, 1n)], day(99)).resting.size).toBe(0);
    expect(heldBy(record, day(99)).day.spending).toBe(1n);
  });

  it("gets the entries that moved back, so that the operation's limit still counts them", () => {
    const { record, resting, absent, document } = moved();
    expect([[...resting.keys()], absent]).toEqual([["old"], ["new"]]);
    expect(record.entries.map(({ stepId }) => stepId)).toEqual(["new.buy.1"]);
    const again = divide(record, [buy("old", 2, 3n)], day(4));
    expect(again.absent).toEqual(["old"]);
    const whole = withResting(again.kept, parseResting(document));
    expect(overspending([buy("old", 2, 3n)], CAPS, heldBy(whole, day(4)))).toMatchObject({ spent: 8n });
    expect(overspending([buy("old", 2, 2n)], CAPS, heldBy(whole, day(4)))).toBeNull();
  });

  it("counts a step whose entries moved once in the wallet's total, when it reserves or settles again", () => {
    const { record, document } = moved();
    const whole = withResting(record, parseResting(document));
    const reserved = withReserved(whole, [buy("old", 1, 8n)]);
    expect(heldBy(reserved, day(4)).wallets.get("w1")?.spending).toBe(9n);
    const settled = withSettled(whole, [{ stepId: "old.buy.1", kind: "spending", lamports: 0n }], day(4));
    expect(settled && heldBy(settled, day(4)).wallets.get("w1")?.spending).toBe(1n);
  });

  it("gets young entries back that moved while the server's clock was ahead: the day's limit counts them", () => {
    const { kept, resting } = divide(
      spent(first(), [buy("young", 1, 4n)], day(2)),
      [buy("x", 1, 1n)],
      day(5),
    );
    expect([...resting.keys()]).toEqual(["old", "young"]);
    // The clock is right again. What left on the second day counts on the second day.
    const since = backSince(kept, day(2.5)) ?? expect.fail("nothing is young");
    const young = [...resting.values()].flat().filter(({ at }) => at > since);
    const whole = withMovedBack(kept, young, since);
    expect(heldBy(whole, day(2.5)).day.spending).toBe(4n);
    expect(backSince(whole, day(2.5))).toBeNull();
    // What the record has of an operation is newer than what had moved.
    const changed = spent(kept, [buy("young", 1, 3n)], day(2.6));
    expect(heldBy(withMovedBack(changed, young, since), day(2.7)).day.spending).toBe(3n);
  });

  it("looks for none as long as the clock goes on", () => {
    const { kept } = divide(first(), [buy("new", 1, 1n)], day(2.5));
    expect(backSince(kept, day(2.5))).toBeNull();
    expect(backSince(nothingSpent("alice"), day(0))).toBeNull();
  });

  it("moves a bounded number of operations in one call", () => {
    const many = Array.from({ length: 50 }, (_, at) => buy(`op${at}`, 1, 1n));
    const record = spent(nothingSpent("alice"), many, day(0));
    const { kept, resting } = divide(record, [buy("new", 1, 1n)], day(3));
    expect([resting.size, kept.entries.length]).toEqual([20, 30]);
  });
});

const mongo = inject("testMongo");

describe.skipIf(mongo === null)("a server's document of reservations", () => {
  let database: ReturnType<typeof testMongoDatabase> | undefined;
  let journal: MongoJournal | undefined;
  afterEach(async () => {
    await journal?.close();
    await database?.drop();
  });

  it("is small again after an operation rests, and a limit still counts that operation", async () => {
    if (mongo === null) return;
    database = testMongoDatabase(mongo);
    journal = await createMongoJournal({ ...database, allowStandalone: mongo.allowStandalone });
    const documents = journal.db.collection<{ _id: string; entries: { stepId: string }[] }>("spending");
    const rest = () => documents.updateOne({ _id: "alice" }, { $set: { "entries.0.at": new Date(0) } });
    const kept = async () => (await documents.findOne({ _id: "alice" }))?.entries.map(({ stepId }) => stepId);
    expect(await journal.reserveSpending("alice", [buy("old", 1, 8n)], CAPS)).toBeNull();
    await rest();
    expect(await journal.reserveSpending("alice", [buy("new", 1, 1n)], CAPS)).toBeNull();
    expect(await kept()).toEqual(["new.buy.1"]);
    expect(await journal.reserveSpending("alice", [buy("old", 2, 3n)], CAPS)).toMatchObject({ spent: 8n });
    await journal.settleSpending("alice", [{ stepId: "old.buy.1", kind: "spending", lamports: 7n }]);
    expect(await kept()).toEqual(["new.buy.1", "old.buy.1"]);
    expect((await journal.readSpending("alice")).wallets.get("w1")?.spending).toBe(8n);
    // The operation's entries are moved again. Its document takes the newer entries.
    await documents.updateOne({ _id: "alice" }, { $set: { "entries.1.at": new Date(0) } });
    expect(await journal.reserveSpending("alice", [buy("third", 1, 1n)], CAPS)).toBeNull();
    expect(await kept()).toEqual(["new.buy.1", "third.buy.1"]);
    expect(await journal.reserveSpending("alice", [buy("old", 2, 4n)], CAPS)).toMatchObject({ spent: 7n });
  });

  it("forgets nothing of a day whose clock jumped forward and back", async () => {
    if (mongo === null) return;
    database = testMongoDatabase(mongo);
    journal = await createMongoJournal({ ...database, allowStandalone: mongo.allowStandalone });
    const { db } = journal;
    const command = db.command.bind(db);
    let aheadMs = 0;
    db.command = async (...asked) => {
      const answer = await command(...asked);
      if (!(answer["localTime"] instanceof Date)) return answer;
      return { ...answer, localTime: new Date(answer["localTime"].getTime() + aheadMs) };
    };
    const caps: SpendingCaps = { ...CAPS, operationLamports: null, userDayLamports: lamports(10n) };
    // Other users, whose names end alike or fit the name as a pattern.
    const user = "al.ce";
    const users = [user, "alice", "bob al.ce"];
    for (const [at, name] of users.entries()) {
      expect(await journal.reserveSpending(name, [buy(`old${at}`, 1, 8n)], caps)).toBeNull();
      await journal.settleSpending(name, [{ stepId: `old${at}.buy.1`, kind: "spending", lamports: null }]);
    }
    const documents = db.collection<{ _id: string; entries: { stepId: string }[] }>("spending");
    const kept = async () => (await documents.findOne({ _id: user }))?.entries.map(({ stepId }) => stepId);
    aheadMs = 3 * DAY_MS;
    for (const [at, name] of users.entries())
      expect(await journal.reserveSpending(name, [buy(`new${at}`, 1, 1n)], caps)).toBeNull();
    expect(await kept()).toEqual(["new0.buy.1"]);
    expect((await journal.readSpending(user)).day.spending).toBe(1n);

    aheadMs = 0;
    expect((await journal.readSpending(user)).day.spending).toBe(9n);
    expect(await journal.reserveSpending(user, [buy("third", 1, 2n)], caps)).toMatchObject({
      limit: "userDay",
      spent: 9n,
    });
    expect(await journal.reserveSpending(user, [buy("third", 1, 1n)], caps)).toBeNull();
    expect(await kept()).toEqual(["new0.buy.1", "old0.buy.1", "third.buy.1"]);
    expect((await journal.readSpending(user)).wallets.get("w1")?.spending).toBe(10n);
  });
});
