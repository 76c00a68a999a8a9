/** Tests the fence on MongoDB at the exact moments of a race, and the state that a killed server leaves. */
import type { Collection } from "mongodb";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { Lease, Step } from "../../src/engine/ports.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { attemptOf, legsOf, requestOf, TTL_MS, USER } from "../../src/journal/contract/harness.ts";
import { insertAttempt } from "../../src/journal/mongo/actions/insert-attempt.ts";
import { reopenStep } from "../../src/journal/mongo/actions/reopen-step.ts";
import { adopt } from "../../src/journal/mongo/adopt.ts";
import { createMongoJournal, type MongoJournal } from "../../src/journal/mongo/index.ts";
import { insertOnce } from "../../src/journal/mongo/insert-once.ts";
import { openServerClock } from "../../src/journal/mongo/server-clock.ts";
import { type Store, storeOf } from "../../src/journal/mongo/store.ts";
import { startMongoServer, testMongoDatabase } from "../support/mongo.ts";

const mongo = inject("testMongo");

/** The collection, with a call of `happens` after each document that is read. */
const afterReading = <Doc extends object>(
  collection: Collection<Doc>,
  happens: () => Promise<void>,
): Collection<Doc> =>
  new Proxy(collection, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        const answer: unknown = await Reflect.apply(value, target, args);
        if (key === "findOne") await happens();
        return answer;
      };
    },
  });

describe.skipIf(mongo === null)("the fence of the journal on MongoDB", () => {
  const server = mongo ?? { uri: "", allowStandalone: false };
  let database: ReturnType<typeof testMongoDatabase>;
  let journal: MongoJournal;
  let store: Store;

  const acquire = async (owner: string): Promise<Lease> =>
    (await journal.acquireLease(USER, owner, TTL_MS)) ?? expect.fail("the lease was free");
  const takeOver = async (): Promise<Lease> => {
    await store.leases.updateOne({ _id: USER }, { $set: { expiresAt: new Date(0) } });
    return acquire("worker-2");
  };
  const firstStep = async (id: string): Promise<Step> => (await journal.readSteps(id))[0] ?? expect.fail();

  beforeEach(async () => {
    database = testMongoDatabase(server);
    journal = await createMongoJournal({ ...database, allowStandalone: server.allowStandalone });
    store = storeOf(journal.db, await openServerClock(journal.db), {});
  });
  afterEach(async () => {
    await journal.close();
    await database.drop();
  });

  test("a takeover between an adoption's read and its confirmation leaves nothing to the earlier holder", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const stale = await acquire("worker-1");
    let current: Lease | undefined;
    const leases = afterReading(store.leases, async () => {
      current ??= await takeOver();
    });
    expect(await adopt({ ...store, leases }, "op", stale)).toBe(false);
    expect(await journal.writePlan("op", stale, legsOf(1))).toBe(false);
    expect(await journal.writePlan("op", current ?? expect.fail(), legsOf(1))).toBe(true);
  });

  test("a holder that has written loses its operations before the takeover returns", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const stale = await acquire("worker-1");
    await journal.beginOperation("op", stale);
    await journal.writePlan("op", stale, legsOf(1));
    await takeOver();
    const { id, version } = await firstStep("op");
    expect(await store.operations.findOne({ _id: "op" })).toMatchObject({ holder: 0, claim: { token: 2 } });
    expect(await journal.insertAttempt(id, version, stale, attemptOf(1))).toEqual({ outcome: "stale" });
  });

  test("a takeover writes to what somebody held or claimed, and not to all that waits", async () => {
    for (const id of ["held", "waiting"]) await journal.createOperation({ id, request: requestOf() });
    const stale = await acquire("worker-1");
    await journal.beginOperation("held", stale);
    const claimOf = async (id: string) => (await store.operations.findOne({ _id: id }))?.claim;
    const before = await claimOf("waiting");
    await takeOver();
    expect(await claimOf("held")).toEqual({ token: 2, nonce: null });
    expect(await claimOf("waiting")).toEqual(before);
    expect(await adopt(store, "waiting", stale)).toBe(false);
    expect(await journal.beginOperation("waiting", stale)).toBeNull();
  });

  test("a lease whose token was given again, to another owner, by a snapshot that was put back, writes no more", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const [snapshot] = await store.operations.find({ _id: "op" }).toArray();
    const before = await acquire("worker-1");
    await journal.beginOperation("op", before);
    await journal.writePlan("op", before, legsOf(1));
    await store.operations.replaceOne({ _id: "op" }, snapshot ?? expect.fail());
    await store.leases.deleteMany({});
    const now = await acquire("worker-2");
    expect(now.token).toBe(before.token);
    await journal.beginOperation("op", now);
    await journal.writePlan("op", now, legsOf(1));
    const { id, version } = await firstStep("op");
    expect(await journal.insertAttempt(id, version, before, attemptOf(1))).toEqual({ outcome: "stale" });
    expect(await journal.changeOperation("op", before, { progress: 50 })).toBe(false);
    expect(await journal.insertAttempt(id, version, now, attemptOf(1))).toMatchObject({
      outcome: "inserted",
    });
  });

  test("a released lease writes no more, although nobody has taken it", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const lease = await acquire("worker-1");
    await journal.beginOperation("op", lease);
    await journal.releaseLease(lease);
    expect(await journal.changeOperation("op", lease, { progress: 50 })).toBe(false);
    expect(await journal.beginOperation("op", lease)).toBeNull();
  });

  test("an operation that is reopened after a takeover is not the earlier holder's again", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const stale = await acquire("worker-1");
    await journal.beginOperation("op", stale);
    await journal.writePlan("op", stale, legsOf(1));
    const { id, version } = await firstStep("op");
    await journal.insertAttempt(id, version, stale, attemptOf(1));
    const landed = { number: 1, status: "landed", slot: 77n } as const;
    await journal.changeStep(id, 2, stale, { status: "confirmed", attempt: landed });
    await journal.changeOperation("op", stale, { status: "completed" });
    const current = await takeOver();
    expect(await journal.reopenStep(id, 3)).toMatchObject({ status: "in_flight", version: 4 });
    const dead = { status: "ready", attempt: { number: 1, status: "dead" } } as const;
    expect(await journal.changeStep(id, 4, stale, dead)).toBeNull();
    expect(await journal.changeStep(id, 4, current, dead)).toMatchObject({ status: "ready", version: 5 });
    expect(await journal.insertAttempt(id, 5, stale, attemptOf(2))).toEqual({ outcome: "stale" });
  });

  /** The journal's store, with one call of `happens` after the first read of an operation. */
  const interrupted = (happens: () => Promise<unknown>): Store => {
    let happened = false;
    const operations = afterReading(store.operations, async () => {
      if (happened) return;
      happened = true;
      await happens();
    });
    return { ...store, operations };
  };

  test("a cancellation between an insertion's reading and its writing refuses it", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const lease = await acquire("worker-1");
    await journal.beginOperation("op", lease);
    await journal.writePlan("op", lease, legsOf(1));
    const { id, version } = await firstStep("op");
    const cancelling = interrupted(() => journal.requestCancel("op"));
    expect(await insertAttempt(cancelling, id, version, lease, attemptOf(1))).toEqual({
      outcome: "cancelled",
    });
    expect((await firstStep("op")).attempts).toEqual([]);
  });

  test("a conclusion in the middle of a reopening is undone by it as a whole", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const lease = await acquire("worker-1");
    await journal.beginOperation("op", lease);
    await journal.writePlan("op", lease, legsOf(1));
    const { id, version } = await firstStep("op");
    await journal.insertAttempt(id, version, lease, attemptOf(1));
    const landed = { number: 1, status: "landed", slot: 77n } as const;
    await journal.changeStep(id, 2, lease, { status: "confirmed", attempt: landed });
    let reads = 0;
    const operations = afterReading(store.operations, async () => {
      reads += 1;
      if (reads === 2) await journal.changeOperation("op", lease, { status: "completed" });
    });
    expect(await reopenStep({ ...store, operations }, id, 3)).toMatchObject({
      status: "in_flight",
      version: 4,
    });
    const operation = await journal.readOperation("op");
    expect(operation).toMatchObject({ status: "active", settled: false });
    expect(operation).not.toHaveProperty("finishedAt");
  });

  test("the attempts of ten legs at once are all inserted, although they share a document", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const lease = await acquire("worker-1");
    await journal.writePlan("op", lease, legsOf(10));
    const steps = await journal.readSteps("op");
    const answers = await Promise.all(
      steps.map(({ id, version }) => journal.insertAttempt(id, version, lease, attemptOf(1, id))),
    );
    expect(answers.map(({ outcome }) => outcome)).toEqual(steps.map(() => "inserted"));
    expect(await journal.readSteps("op")).toEqual(
      answers.map((answer) => (answer.outcome === "inserted" ? answer.step : null)),
    );
    expect(await store.operations.findOne({ _id: "op" })).toMatchObject({ openSteps: 10, confirmedSteps: 0 });
  });

  test("what is found on chain takes its step's signature of another number, of a backup that is not of one moment", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const lease = await acquire("worker-1");
    await journal.beginOperation("op", lease);
    await journal.writePlan("op", lease, legsOf(2));
    const [first, second] = await journal.readSteps("op");
    if (first === undefined || second === undefined) return expect.fail("no steps");
    // The second attempt landed. The backup has its signature, and a step from before both attempts.
    const landed = attemptOf(2, "the second attempt");
    await insertOnce(store, store.signatures, { _id: landed.signature, stepId: first.id, number: 2 });
    const found = { ...landed, number: 1, found: true } as const;
    const other = insertAttempt(store, second.id, second.version, lease, found);
    await expect(other).rejects.toMatchObject({ code: "CTO_E_INTERNAL" });
    const unfound = insertAttempt(store, first.id, first.version, lease, { ...landed, number: 1 });
    await expect(unfound).rejects.toMatchObject({ code: "CTO_E_INTERNAL" });
    expect(await insertAttempt(store, first.id, first.version, lease, found)).toMatchObject({
      outcome: "inserted",
      step: { attempts: [{ number: 1, signature: landed.signature }] },
    });
    expect(await store.signatures.findOne({ _id: landed.signature })).toMatchObject({ number: 1 });
  });

  test("a refused insertion leaves its signature to the same attempt, and to no other", async () => {
    await journal.createOperation({ id: "op", request: requestOf() });
    const lease = await acquire("worker-1");
    await journal.writePlan("op", lease, legsOf(2));
    const [one, two] = await journal.readSteps("op");
    await insertOnce(store, store.signatures, {
      _id: attemptOf(1).signature,
      stepId: one?.id ?? "",
      number: 1,
    });
    const other = await journal.insertAttempt(two?.id ?? "", 1, lease, attemptOf(1)).catch((error) => error);
    expect(isCTOError(other, "CTO_E_INTERNAL")).toBe(true);
    expect(await journal.insertAttempt(one?.id ?? "", 1, lease, attemptOf(1))).toMatchObject({
      outcome: "inserted",
    });
  });

  test("an insertion that the driver repeats after a lost answer has happened once and is no failure", async () => {
    let insertions = 0;
    const repeating = new Proxy(store.counters, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (key !== "insertOne" || typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          insertions += 1;
          await Reflect.apply(value, target, args);
          return Reflect.apply(value, target, args);
        };
      },
    });
    expect(await insertOnce(store, repeating, { _id: "new", value: 7 })).toBe(true);
    expect(insertions).toBe(1);
    expect(await insertOnce(store, store.counters, { _id: "new", value: 7 })).toBe(false);
  });
});

describe.skipIf(mongo === null || !mongo.allowStandalone)("a MongoDB server that is killed", () => {
  test("has every attempt that was answered, and the open journal goes on with it", async () => {
    const server = (await startMongoServer()) ?? expect.fail("there was one for the whole run");
    const uri = `${server.uri}killed`;
    const journal = await createMongoJournal({ uri, allowStandalone: true });
    try {
      await journal.createOperation({ id: "op", request: requestOf() });
      const lease = (await journal.acquireLease(USER, "worker-1", TTL_MS)) ?? expect.fail();
      await journal.writePlan("op", lease, legsOf(1));
      const inserted = await journal.insertAttempt("op.buy.1", 1, lease, attemptOf(1));
      await server.restart();
      const read = async (): Promise<unknown> => {
        try {
          return await journal.readStep("op.buy.1");
        } catch (error) {
          expect(isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")).toBe(true);
          return "unavailable";
        }
      };
      await expect.poll(read, { timeout: 30_000 }).toEqual(inserted.outcome === "inserted" && inserted.step);
      expect(await journal.renewLeases([lease], TTL_MS)).toEqual([true]);
    } finally {
      await journal.close();
      await server.stop();
    }
  });
});
