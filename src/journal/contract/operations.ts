/** Tests the rules that every journal must follow for whole operations. */
import assert from "node:assert/strict";
import { lamports } from "@solana/kit";
import type { OperationRequest } from "../../engine/ports.ts";
import { isCTOError } from "../../errors/index.ts";
import { acquire, addressOf, type JournalCase, planned, rejectsWith, requestOf } from "./harness.ts";

const FULL: OperationRequest = {
  ...requestOf(),
  buyLamports: lamports(9_007_199_254_740_993n),
  socketUserId: "socket",
  maxPriceImpactBps: 500,
  maxPrice: "0.000000031",
  maxPriceDeviationBps: 250,
  maxTransferFeeBps: 1_500,
  weights: [1, 2],
  walletIds: ["w2", "w1"],
  skipUnfit: true,
  notBefore: new Date(Date.UTC(2050, 0, 1)),
  expiresAt: new Date(Date.UTC(2050, 0, 1, 0, 0, 0, 1)),
  tags: ["spring", "shop"],
  reference: "order 7",
  retry: { of: "op_before", leastTokens: [9_007_199_254_740_993n, null] },
};

export const OPERATION_CASES: readonly JournalCase[] = [
  {
    name: "an accepted operation is waiting, and is read back as it was asked for",
    run: async ({ journal }) => {
      const { operation, created } = await journal.createOperation({
        id: "op",
        request: FULL,
        idempotencyKey: "k",
      });
      assert.equal(created, true);
      assert.deepEqual(operation.request, FULL);
      const { status, progress, cancelRequested, partial, settled } = operation;
      assert.deepEqual(
        [status, progress, cancelRequested, partial, settled],
        ["waiting", 0, false, false, false],
      );
      assert.ok(operation.createdAt instanceof Date);
      for (const absent of ["venue", "failure", "startedAt", "finishedAt"])
        assert.equal(absent in operation, false);
      assert.deepEqual(await journal.readOperation("op"), operation);
      assert.equal(await journal.readOperation("other"), null);
    },
  },
  {
    name: "an id that no database can store finds nothing, or is refused as the caller's mistake",
    run: async ({ journal }) => {
      const isRefused = (error: unknown): null => {
        assert.ok(isCTOError(error, "CTO_E_USAGE"), String(error));
        return null;
      };
      assert.equal(await journal.readOperation("op\u0000").catch(isRefused), null);
      assert.equal(await journal.readUser("user\u0000").catch(isRefused), null);
      assert.equal(await journal.readWallet("w\u0000").catch(isRefused), null);
    },
  },
  {
    name: "what a market's price was held against is read back, and stays until another market is opened",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal);
      assert.equal("price" in ((await journal.readOperation(id)) ?? assert.fail()), false);
      const compared = {
        reference: "aggregator",
        deviationBps: -12,
        transferFeeBps: 150,
        shownAs: "scaled",
      } as const;
      await journal.changeOperation(id, lease, { venue: "cpmm", price: compared });
      await journal.changeOperation(id, lease, { progress: 80 });
      assert.deepEqual((await journal.readOperation(id))?.price, compared);
      const alone = { reference: "singleSource", transferFeeBps: 0 } as const;
      await journal.changeOperation(id, lease, { venue: "jupiter", price: alone });
      assert.deepEqual((await journal.readOperation(id))?.price, alone);
    },
  },
  {
    name: "of 20 concurrent acceptances under one key, one is created and all answer it",
    run: async ({ journal }) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          journal.createOperation({ id: `op${at}`, request: requestOf(), idempotencyKey: "k" }),
        ),
      );
      assert.equal(answers.filter(({ created }) => created).length, 1);
      assert.equal(new Set(answers.map(({ operation }) => operation.id)).size, 1);
      assert.equal((await journal.listOperations({ limit: 50 })).length, 1);
    },
  },
  {
    name: "a key is refused for another request, is each user's own, and no key means no comparison",
    run: async ({ journal }) => {
      const first = { id: "op1", request: FULL, idempotencyKey: "k" };
      await journal.createOperation(first);
      const reordered = Object.fromEntries(Object.entries(FULL).reverse()) as typeof FULL;
      assert.equal(
        (await journal.createOperation({ ...first, id: "op2", request: reordered })).created,
        false,
      );
      const other = { ...FULL, buyLamports: lamports(9_007_199_254_740_992n) };
      await rejectsWith(
        journal.createOperation({ ...first, id: "op2", request: other }),
        "CTO_E_IDEMPOTENCY_KEY_REUSED",
      );
      const bobs = { ...first, id: "op3", request: { ...FULL, userId: "bob" } };
      assert.equal((await journal.createOperation(bobs)).created, true);
      assert.equal((await journal.createOperation({ id: "op4", request: FULL })).created, true);
      assert.equal((await journal.createOperation({ id: "op5", request: FULL })).created, true);
    },
  },
  {
    name: "of 20 concurrent acceptances of one id, one is created; the id is refused for another request",
    run: async ({ journal }) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => journal.createOperation({ id: "op", request: FULL })),
      );
      assert.equal(answers.filter(({ created }) => created).length, 1);
      assert.deepEqual(new Set(answers.map(({ operation }) => operation.id)), new Set(["op"]));
      await rejectsWith(
        journal.createOperation({ id: "op", request: requestOf() }),
        "CTO_E_IDEMPOTENCY_KEY_REUSED",
      );
    },
  },
  {
    name: "operations are listed newest first, by user and by status, up to the limit",
    run: async ({ journal }) => {
      for (const id of ["a", "b", "c"]) await journal.createOperation({ id, request: requestOf() });
      await journal.createOperation({ id: "d", request: requestOf({ userId: "bob" }) });
      await journal.requestCancel("b");
      const ids = async (filter: Parameters<typeof journal.listOperations>[0]) =>
        (await journal.listOperations(filter)).map(({ id }) => id);
      assert.deepEqual(await ids({ limit: 9 }), ["d", "c", "b", "a"]);
      assert.deepEqual(await ids({ limit: 2 }), ["d", "c"]);
      assert.deepEqual(await ids({ userId: "bob", limit: 9 }), ["d"]);
      assert.deepEqual(await ids({ statuses: ["waiting"], userId: "alice", limit: 9 }), ["c", "a"]);
      assert.deepEqual(await ids({ statuses: [], limit: 9 }), []);
    },
  },
  {
    name: "operations are found by token, wallet, time, and the beginning of their id",
    run: async ({ journal }) => {
      const { id: first } = await planned(journal, 2, "op_one");
      const token = addressOf("another token");
      await journal.createOperation({ id: "opXtwo", request: requestOf({ tokenAddress: token }) });
      await journal.createOperation({ id: "op%three", request: requestOf({ userId: "bob" }) });
      const ids = async (filter: Omit<Parameters<typeof journal.listOperations>[0], "limit">) =>
        (await journal.listOperations({ ...filter, limit: 9 })).map(({ id }) => id);
      assert.deepEqual(await ids({ tokenAddress: token }), ["opXtwo"]);
      assert.deepEqual(await ids({ wallet: "w2" }), [first]);
      assert.deepEqual(await ids({ wallet: addressOf("wallet 1") }), [first]);
      assert.deepEqual(await ids({ wallet: "w9" }), []);
      assert.deepEqual(await ids({ wallet: "w2", userId: "bob" }), []);
      assert.deepEqual(await ids({ search: "op" }), ["op%three", "opXtwo", first]);
      assert.deepEqual(await ids({ search: "op_" }), [first]);
      assert.deepEqual(await ids({ search: "op%" }), ["op%three"]);
      assert.deepEqual(await ids({ search: "o." }), []);
      assert.deepEqual(await ids({ search: token }), ["opXtwo"]);
      const named = requestOf({ tags: ["spring", "a'b"], reference: "order 7" });
      await journal.createOperation({ id: "named", request: named });
      assert.deepEqual((await journal.readOperation("named"))?.request, named);
      for (const filter of [
        { tag: "spring" },
        { tag: "a'b" },
        { reference: "order 7" },
        { search: "spring" },
        { search: "order 7" },
      ])
        assert.deepEqual(await ids(filter), ["named"]);
      for (const filter of [
        { tag: "spr" },
        { reference: "order" },
        { search: "order" },
        { tag: "spring", userId: "bob" },
      ])
        assert.deepEqual(await ids(filter), []);
      const at = (await journal.readOperation(first))?.createdAt ?? new Date(0);
      assert.equal((await ids({ createdAfter: at })).length, 4);
      assert.deepEqual(await ids({ createdBefore: at }), []);
      assert.deepEqual(await ids({ createdAfter: new Date(at.getTime() + 3_600_000) }), []);
    },
  },
  {
    name: "a list goes on before the last operation of its page, however many are added meanwhile",
    run: async ({ journal }) => {
      for (const id of ["a", "b", "c", "d"]) await journal.createOperation({ id, request: requestOf() });
      const page = async (before?: string) =>
        (await journal.listOperations({ limit: 2, ...(before === undefined ? {} : { before }) })).map(
          ({ id }) => id,
        );
      assert.deepEqual(await page(), ["d", "c"]);
      await journal.createOperation({ id: "e", request: requestOf() });
      assert.deepEqual(await page("c"), ["b", "a"]);
      assert.deepEqual(await page("a"), []);
      assert.deepEqual(await page("unknown"), []);
    },
  },
  {
    name: "beginning makes a waiting operation active once, and keeps any other status",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "op", request: requestOf() });
      const lease = await acquire(journal);
      const begun = await journal.beginOperation("op", lease);
      assert.equal(begun?.status, "active");
      assert.ok(begun.startedAt instanceof Date);
      assert.deepEqual(await journal.beginOperation("op", lease), begun);
      await journal.changeOperation("op", lease, { status: "completed" });
      assert.equal((await journal.beginOperation("op", lease))?.status, "completed");
      assert.equal(await journal.beginOperation("other", lease), null);
    },
  },
  {
    name: "a change keeps what it does not mention, and progress never goes back",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal);
      assert.equal(
        await journal.changeOperation(id, lease, { progress: 70, venue: "jupiter", partial: true }),
        true,
      );
      assert.equal(await journal.changeOperation(id, lease, { progress: 45.5 }), true);
      const operation = await journal.readOperation(id);
      assert.deepEqual([operation?.progress, operation?.venue, operation?.partial], [70, "jupiter", true]);
      assert.equal(await journal.changeOperation(id, lease, { progress: 72.25 }), true);
      assert.equal((await journal.readOperation(id))?.progress, 72.25);
      assert.equal(await journal.changeOperation("other", lease, { progress: 80 }), false);
    },
  },
  {
    name: "the wallets that are left out are kept, and replaced when they are written again",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal);
      const leftOut = [
        { place: 2, walletId: "w2", address: addressOf("w2"), reason: "its token account is frozen" },
      ];
      assert.equal("leftOut" in ((await journal.readOperation(id)) ?? {}), false);
      assert.equal(await journal.changeOperation(id, lease, { leftOut }), true);
      await journal.changeOperation(id, lease, { progress: 50 });
      assert.deepEqual((await journal.readOperation(id))?.leftOut, leftOut);
      await journal.changeOperation(id, lease, { leftOut: [] });
      assert.deepEqual((await journal.readOperation(id))?.leftOut, []);
    },
  },
  {
    name: "what the token calls itself is kept as it was, also in the event that tells of it",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal);
      const tokenLabel = { symbol: "", name: "Кот 猫 (U+0430)$'", unverified: true } as const;
      assert.equal("tokenLabel" in ((await journal.readOperation(id)) ?? {}), false);
      assert.equal(await journal.changeOperation(id, lease, { tokenLabel }), true);
      await journal.changeOperation(id, lease, { progress: 50 });
      assert.deepEqual((await journal.readOperation(id))?.tokenLabel, tokenLabel);
      const event = { type: "phase", phase: "detecting", label: "Platform Detection", progress: 45 } as const;
      const { seq } = await journal.appendEvent(id, { ...event, token: tokenLabel });
      await journal.appendEvent(id, event);
      const [named, plain] = await journal.readEvents(id, seq - 1, 2);
      assert.deepEqual(named?.type === "phase" && named.token, tokenLabel);
      assert.equal("token" in (plain ?? {}), false);
    },
  },
  ...(["completed", "failed", "cancelled"] as const).map((status) => ({
    name: `an operation that is ${status} has a finish time and is never changed again`,
    run: async ({ journal }: Parameters<JournalCase["run"]>[0]) => {
      const { id, lease } = await planned(journal);
      const failure = { code: "CTO_E_INTERNAL", message: "why" };
      assert.equal(await journal.changeOperation(id, lease, { status, failure }), true);
      const finished = await journal.readOperation(id);
      assert.ok(finished?.finishedAt instanceof Date);
      assert.deepEqual(finished.failure, failure);
      for (const next of ["active", "needs_review", "completed", "failed", "cancelled"] as const) {
        assert.equal(await journal.changeOperation(id, lease, { status: next }), false);
      }
      assert.equal(await journal.changeOperation(id, lease, { progress: 100 }), false);
      assert.equal(await journal.requestCancel(id), status);
      assert.deepEqual(await journal.readOperation(id), finished);
    },
  })),
  {
    name: "needs_review is finished for now, and may become any other status",
    run: async ({ journal }) => {
      const { id, lease } = await planned(journal);
      const failure = { code: "CTO_E_STEP_UNDECIDED", message: "unknown" };
      await journal.changeOperation(id, lease, { status: "needs_review", failure });
      assert.ok((await journal.readOperation(id))?.finishedAt instanceof Date);
      assert.equal(await journal.changeOperation(id, lease, { status: "active" }), true);
      const resumed = await journal.readOperation(id);
      assert.ok(resumed !== null && !("finishedAt" in resumed) && !("failure" in resumed));
      await journal.changeOperation(id, lease, { status: "needs_review" });
      assert.equal(await journal.changeOperation(id, lease, { status: "completed" }), true);
    },
  },
  {
    name: "cancelling ends a waiting operation at once and only marks an active one",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "waiting", request: requestOf() });
      assert.equal(await journal.requestCancel("waiting"), "cancelled");
      const cancelled = await journal.readOperation("waiting");
      assert.deepEqual(
        [cancelled?.status, cancelled?.settled, cancelled?.cancelRequested],
        ["cancelled", true, true],
      );
      assert.ok(cancelled?.finishedAt instanceof Date);
      const { id, lease } = await planned(journal);
      assert.equal((await journal.beginOperation("waiting", lease))?.status, "cancelled");
      assert.equal(await journal.requestCancel(id), "active");
      const marked = await journal.readOperation(id);
      assert.deepEqual([marked?.status, marked?.settled, marked?.cancelRequested], ["active", false, true]);
      assert.equal(await journal.requestCancel("other"), null);
    },
  },
  {
    name: "events are numbered from 1 without gaps, also when many are appended at once",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "op", request: requestOf() });
      await journal.createOperation({ id: "other", request: requestOf() });
      const phase = {
        type: "phase",
        phase: "started",
        label: "CTO Operation Started",
        progress: 10,
      } as const;
      const stored = await Promise.all(Array.from({ length: 20 }, () => journal.appendEvent("op", phase)));
      const numbers = Array.from({ length: 20 }, (_, at) => at + 1);
      assert.deepEqual(
        stored.map(({ seq }) => seq).sort((a, b) => a - b),
        numbers,
      );
      assert.deepEqual(
        (await journal.readEvents("op", 0, 100)).map(({ seq }) => seq),
        numbers,
      );
      assert.deepEqual(
        (await journal.readEvents("op", 5, 3)).map(({ seq }) => seq),
        [6, 7, 8],
      );
      assert.equal((await journal.appendEvent("other", phase)).seq, 1);
      await rejectsWith(journal.appendEvent("nothing", phase), "CTO_E_OPERATION_UNKNOWN");
    },
  },
  {
    name: "an event is read back as it was appended, lamports and slots exact",
    run: async ({ journal }) => {
      await journal.createOperation({ id: "op", request: requestOf() });
      const failure = { code: "CTO_E_INTERNAL", message: "why" };
      const leg = {
        type: "leg",
        leg: 2,
        address: addressOf("wallet"),
        lamports: lamports(9_007_199_254_740_993n),
        status: "confirmed",
        progress: 80.5,
        slot: 9_007_199_254_740_995n,
        failure,
      } as const;
      const { seq, at, ...kept } = await journal.appendEvent("op", leg);
      assert.deepEqual(kept, leg);
      await journal.appendEvent("op", { type: "result", status: "failed", progress: 100, failure });
      const review = {
        type: "review",
        leg: 2,
        resolution: "landed",
        forced: true,
        reviewer: "bob",
        reason: "seen on an explorer",
        evidence: "no endpoint gave evidence",
        progress: 80.5,
      } as const;
      await journal.appendEvent("op", review);
      const read = await journal.readEvents("op", 0, 10);
      assert.deepEqual(read[0], { ...leg, seq, at });
      assert.equal(read[1]?.type, "result");
      assert.deepEqual(read[2], { ...review, seq: 3, at: read[2]?.at });
    },
  },
];
