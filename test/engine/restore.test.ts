/** Tests that a restored journal signs nothing that may have been signed after its backup. */
import { describe, expect, it } from "vitest";
import { planRetry } from "../../src/engine/operation/retry.ts";
import { abandonOperation, runOperation } from "../../src/engine/operation/run.ts";
import type {
  Address,
  FinalTransaction,
  OperationRequest,
  Signature,
  WalletHistory,
} from "../../src/engine/ports.ts";
import { askOperations, readAge, readOldMark } from "../../src/engine/restore/behind.ts";
import { type MemoQuestion, searchMemo } from "../../src/engine/restore/memo-history.ts";
import { readStepHistory } from "../../src/engine/restore/step-history.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { isOutage } from "../../src/errors/index.ts";
import {
  addressOf,
  attemptOf,
  inserted,
  planned,
  requestOf,
  USER,
} from "../../src/journal/contract/harness.ts";
import { openScene, type Scene, says } from "./parts.ts";

const WALLET = addressOf("wallet 1");
const L = 500n;
const FOUND = attemptOf(2, "after the backup");
const { signature: SIGNATURE } = FOUND;

const history = (changes: Partial<WalletHistory> = {}): WalletHistory => ({
  endpoint: "one",
  finalizedBlockHeight: L + 2n,
  lines: [],
  complete: true,
  firstAvailableSlot: 0n,
  ...changes,
});

const line = (memos: readonly string[] | null, signature: Signature = SIGNATURE, slot = 900n) => ({
  signature,
  slot,
  failed: false,
  memos,
});

const strangersOf = (count: number) =>
  Array.from({ length: count }, (_, at) => line(null, attemptOf(1, `stranger ${at}`).signature));

const final = (memo: string, signer = WALLET): FinalTransaction => ({
  signature: SIGNATURE,
  slot: 900n,
  failed: false,
  wire: FOUND.wire,
  messageVersion: 1,
  blockhash: FOUND.blockhash,
  fee: 5_000n,
  memos: [{ text: memo, signers: [signer] }],
});

const MEMO = "cto:1:op:buy:1/2";
const question: MemoQuestion = {
  wallet: WALLET,
  isWanted: ({ operationId, kind }) => operationId === "op" && kind === "buy",
  since: 800n,
  lastValidBlockHeight: L,
};

const ask = (histories: readonly WalletHistory[], known: FinalTransaction | null = null) =>
  searchMemo({ readHistory: async () => histories, readFinal: async () => known }, question);

describe("the proof by a wallet's history", () => {
  it("is found by one endpoint that has it, even if the others do not", async () => {
    const histories = [
      history({ finalizedBlockHeight: 1n, complete: false }),
      history({ lines: [line([MEMO])] }),
    ];
    expect(await ask(histories, final(MEMO))).toMatchObject({
      verdict: "found",
      transaction: { slot: 900n },
    });
  });

  it("is found if the endpoint returns no memos, because the transaction itself is read", async () => {
    expect(await ask([history({ lines: [line(null)] })], final(MEMO))).toMatchObject({ verdict: "found" });
  });

  it.each([
    ["a stranger's memo", final(MEMO, addressOf("a stranger")), line([MEMO])],
    ["another operation's", final("cto:1:other:buy:1/2"), line(null)],
    ["what failed on chain", { ...final(MEMO), failed: true }, { ...line([MEMO]), failed: true }],
    ["what is older than the backup", final(MEMO), line([MEMO], SIGNATURE, 799n)],
  ])("is not found in %s", async (_name, known, one) => {
    expect(await ask([history({ lines: [one] })], known)).toEqual({ verdict: "absent" });
  });

  it.each([
    ["an endpoint may still see it land", history({ finalizedBlockHeight: L + 1n }), "too early"],
    ["its records begin after the backup", history({ firstAvailableSlot: 801n }), "unprovable"],
    ["the history is too long", history({ complete: false }), "unprovable"],
    ["a transaction in it cannot be read", history({ lines: [line([MEMO])] }), "unprovable"],
  ])("proves nothing when %s, though another endpoint does", async (_name, one, verdict) => {
    expect(await ask([history(), one])).toMatchObject({ verdict });
  });

  it("reads nothing that has no memo, where the endpoint returns the memo of any other transaction", async () => {
    const lines = [line(["hello"], attemptOf(1, "greeting").signature), ...strangersOf(501)];
    const readFinal = () => Promise.reject(new Error("nothing was to be read"));
    const chain = { readHistory: async () => [history({ lines })], readFinal };
    expect(await searchMemo(chain, question)).toEqual({ verdict: "absent" });
    const hiding = history({ endpoint: "two", lines: strangersOf(1) });
    const both = { ...chain, readHistory: async () => [history({ lines }), hiding] };
    await expect(searchMemo(both, question)).rejects.toThrow("nothing was to be read");
  });

  it("reads as many as 500 where the endpoint returns no memo, and proves nothing with more", async () => {
    const foreign = final("hello", addressOf("a stranger"));
    expect(await ask([history({ lines: strangersOf(500) })], foreign)).toEqual({ verdict: "absent" });
    const many = await ask([history({ lines: strangersOf(501) })], foreign);
    expect(many).toMatchObject({ verdict: "unprovable", why: expect.stringContaining("501 transactions") });
    const named = history({ endpoint: "two", lines: [line([MEMO])] });
    const readHistory = async () => [history({ lines: strangersOf(501) }), named];
    const readFinal = async (signature: Signature) => (signature === SIGNATURE ? final(MEMO) : foreign);
    expect(await searchMemo({ readHistory, readFinal }, question)).toMatchObject({ verdict: "found" });
  });

  it("proves nothing when no endpoint answered", async () => {
    expect(await ask([])).toEqual({ verdict: "too early" });
  });
});

/** Returns an operation of one leg in a restored journal. Its only attempt is dead. */
async function restored(request: Partial<OperationRequest> = {}): Promise<Scene> {
  const scene = await openScene(["ready"], null, request);
  await scene.journal.declareRestore({ by: "ops", reason: "test", since: 800n, lastValidBlockHeight: L });
  return scene;
}

async function run(scene: Scene) {
  const lease = await scene.lease();
  const settings = { ...ENGINE_DEFAULTS, reviewAfterMs: -1 };
  const { ports, id, wallets } = scene;
  const { signal } = new AbortController();
  try {
    return await runOperation(ports, id, { lease, wallets, settings, signal });
  } finally {
    await ports.journal.releaseLease(lease);
  }
}

describe("an operation of a restored journal", () => {
  it("takes what is found on chain for the step's attempt, and completes without signing", async () => {
    const scene = await restored();
    scene.script.histories = [history({ lines: [line([`cto:1:${scene.id}:buy:1/1`])] })];
    scene.script.finals.set(SIGNATURE, final(`cto:1:${scene.id}:buy:1/1`));
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    expect(await run(scene)).toMatchObject({ status: "completed", partial: false });
    const step = await scene.step(1);
    expect(step.status).toBe("finalized");
    expect(step.attempts.at(-1)).toMatchObject({ signature: SIGNATURE, status: "landed", slot: 900n });
  });

  it("counts it as landed although its cancellation was asked for", async () => {
    const scene = await restored();
    await scene.journal.requestCancel(scene.id);
    scene.script.histories = [history({ lines: [line([`cto:1:${scene.id}:buy:1/1`])] })];
    scene.script.finals.set(SIGNATURE, final(`cto:1:${scene.id}:buy:1/1`));
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    expect(await run(scene)).toMatchObject({ status: "completed" });
  });

  it("goes to review when nothing can be proved, stays there, and lands when it is found", async () => {
    const scene = await restored();
    scene.script.histories = [history({ firstAvailableSlot: 801n })];
    expect(await run(scene)).toMatchObject({ status: "needs_review" });
    const step = await scene.step(1);
    expect(step).toMatchObject({ status: "needs_review", failure: { code: "CTO_E_RESTORE_UNPROVED" } });
    // The journal's own attempts are dead. After a restore, that is no proof.
    scene.script.evidence = says(null);
    expect(await run(scene)).toMatchObject({ status: "needs_review" });
    expect(await scene.step(1)).toEqual(step);
    scene.script.histories = [history({ lines: [line([`cto:1:${scene.id}:buy:1/1`])] })];
    scene.script.finals.set(SIGNATURE, final(`cto:1:${scene.id}:buy:1/1`));
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    expect(await run(scene)).toMatchObject({ status: "completed" });
  });
});

describe("an operation that is marked as restored in a journal without a declaration", () => {
  it("waits, signs nothing, and goes on once the restore is declared", async () => {
    const scene = await openScene(["ready"], null);
    const { id, lease: begun } = await planned(scene.journal, 1, "op_torn", {}, { restored: true });
    await scene.journal.releaseLease(begun);
    const torn = { ...scene, id };
    const error = await run(torn).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CTO_E_RESTORE_UNDECLARED", context: { jobId: id } });
    expect(isOutage(error)).toBe(true);
    const { ports, wallets } = torn;
    const lease = await torn.lease();
    const options = { lease, wallets, signal: new AbortController().signal };
    expect(await abandonOperation(ports, id, options, error)).toBe(false);
    await scene.journal.releaseLease(lease);

    const [step] = await scene.journal.readSteps(id);
    const operation = await scene.journal.readOperation(id);
    if (step === undefined || operation === null) return expect.fail("no step");
    expect(
      await readStepHistory({ chain: ports.chain, journal: scene.journal }, operation, step),
    ).toMatchObject({
      verdict: "unprovable",
      why: expect.stringContaining("cto restore"),
    });

    await scene.journal.declareRestore({ by: "ops", reason: "test", since: 800n, lastValidBlockHeight: L });
    const memo = `cto:1:${id}:buy:1/1`;
    scene.script.histories = [history({ lines: [line([memo])] })];
    scene.script.finals.set(SIGNATURE, final(memo));
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    expect(await run(torn)).toMatchObject({ status: "completed" });
    expect((await scene.journal.readSteps(id))[0]?.attempts).toMatchObject([{ signature: SIGNATURE }]);
  });
});

describe("an operation of a restored journal whose user has no funding wallet any more", () => {
  it("follows what was bought after the backup, and does not call it failed", async () => {
    const scene = await restored({ mode: "standard" });
    scene.script.histories = [history({ lines: [line([`cto:1:${scene.id}:buy:1/1`])] })];
    scene.script.finals.set(SIGNATURE, final(`cto:1:${scene.id}:buy:1/1`));
    scene.script.view = { state: "finalized", slot: 900n, failure: null };
    await expect(run(scene)).rejects.toMatchObject({ code: "CTO_E_USER_HAS_NO_FUNDING_WALLET" });
    const step = await scene.step(1);
    expect(step.status).toBe("in_flight");
    expect(step.attempts.at(-1)).toMatchObject({ signature: SIGNATURE });
  });

  it("goes to review, and gives up nothing, when nothing can be proved", async () => {
    const scene = await restored({ mode: "standard" });
    scene.script.histories = [history({ firstAvailableSlot: 801n })];
    expect(await run(scene)).toMatchObject({ status: "needs_review" });
    expect(await scene.step(1)).toMatchObject({ status: "needs_review" });
  });
});

describe("an operation of a restored journal whose plan is not in the backup", () => {
  const MINE = "cto:1:op_lost:buy:1/1";

  /** Returns an operation without a plan: the retry of another one, as `retry` accepts it after a restore. */
  async function unplanned(): Promise<Scene> {
    const scene = await restored();
    const request = { ...requestOf(), retry: { of: scene.id, leastTokens: [] } };
    await scene.journal.createOperation({ id: "op_lost", request, restored: true });
    return { ...scene, id: "op_lost" };
  }

  const retryOf = async ({ journal, id }: Scene) => {
    const operation = await journal.readOperation(id);
    return () => operation && planRetry({ operation, legs: [], steps: [] });
  };
  const REFUSED = expect.objectContaining({ code: "CTO_E_RETRY_RESTORED" });

  it("fails if it ran after the backup, and cannot be retried", async () => {
    const scene = await unplanned();
    scene.script.histories = [history({ lines: [line([MINE])] })];
    scene.script.finals.set(SIGNATURE, final(MINE));
    expect(await run(scene)).toMatchObject({
      status: "failed",
      failure: { code: "CTO_E_RESTORE_PLAN_LOST" },
    });
    expect(await retryOf(scene)).toThrow(REFUSED);
  });

  it("rests while nothing can be proved, also after its last try, and fails once that is proved", async () => {
    const scene = await unplanned();
    scene.script.histories = [history({ firstAvailableSlot: 801n })];
    const error = await run(scene).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CTO_E_RESTORE_WAITS" });
    expect(isOutage(error)).toBe(true);
    const { ports, id, wallets } = scene;
    const lease = await scene.lease();
    const options = { lease, wallets, signal: new AbortController().signal };
    expect(await abandonOperation(ports, id, options, error)).toBe(false);
    await scene.journal.releaseLease(lease);
    expect(await scene.journal.readOperation(id)).toMatchObject({ status: "active" });
    scene.script.histories = [history({ lines: [line([MINE])] })];
    scene.script.finals.set(SIGNATURE, final(MINE));
    expect(await run(scene)).toMatchObject({ failure: { code: "CTO_E_RESTORE_PLAN_LOST" } });
  });

  it("ends without proof if it is cancelled, and cannot be retried", async () => {
    const scene = await unplanned();
    scene.script.histories = [history({ firstAvailableSlot: 801n })];
    await expect(run(scene)).rejects.toMatchObject({ code: "CTO_E_RESTORE_WAITS" });
    await scene.journal.requestCancel(scene.id);
    expect(await run(scene)).toMatchObject({ status: "failed", failure: { code: "CTO_E_RESTORE_UNPROVED" } });
    expect(await retryOf(scene)).toThrow(REFUSED);
  });
});

describe("a journal that runs behind the chain", () => {
  const chainOf = (histories: readonly WalletHistory[], known: FinalTransaction | null) => ({
    readTips: async () => [{ slot: 900n }, { slot: 9_000n }],
    readHistories: async (wallets: readonly Address[]) =>
      new Map(wallets.map((wallet) => [wallet, histories])),
    readFinal: async () => known,
  });
  const ageBy = async ({ journal }: Scene, chain: ReturnType<typeof chainOf>) => {
    const old = await readOldMark({ journal, chain });
    return old === null ? CURRENT : readAge(chain, await askOperations(journal), old.slot);
  };
  const look = (scene: Scene, known: FinalTransaction | null, changes: Partial<WalletHistory> = {}) => {
    const lines = [line([`cto:1:${scene.id}:buy:1/1`])];
    return ageBy(scene, chainOf([history({ lines }), history({ lines, ...changes })], known));
  };
  const CURRENT = { age: "current" };

  it("is noticed by a transaction of its own operation that it does not have", async () => {
    const scene = await openScene(["ready"], null);
    const known = final(`cto:1:${scene.id}:buy:1/1`);
    expect(await look(scene, known), "no worker has ever marked it").toEqual(CURRENT);
    await scene.journal.writeReached(850n);
    const behind = { age: "behind", operationId: scene.id, signature: SIGNATURE };
    expect(await look(scene, known)).toEqual(behind);
    expect(await look(scene, known, { lines: [line(null)], complete: false })).toEqual(behind);
    const stranger = final(`cto:1:${scene.id}:buy:1/1`, addressOf("a stranger"));
    expect(await look(scene, stranger), "a stranger's memo").toEqual(CURRENT);
  });

  it("is noticed where the endpoints return no memos", async () => {
    const scene = await openScene(["ready"], null);
    await scene.journal.writeReached(850n);
    const chain = chainOf([history({ lines: [line(null)] })], final(`cto:1:${scene.id}:buy:1/1`));
    expect(await ageBy(scene, chain)).toMatchObject({ age: "behind" });
  });

  it("is noticed by a funding of which it has only the plan", async () => {
    const scene = await openScene(["ready"], null, { mode: "standard" });
    const { journal, id } = scene;
    await journal.writeReached(850n);
    await journal.addUser({ id: USER });
    const funder = addressOf("the funding wallet");
    const sealedKey = "sealed";
    await journal.addWallet({ id: "f", userId: USER, address: funder, role: "funding", sealedKey });
    const memo = `cto:1:${id}:fund:1/1`;
    const chain = chainOf([history({ lines: [line([memo])] })], final(memo, funder));
    expect(await ageBy(scene, chain)).toMatchObject({ age: "behind", operationId: id });
  });

  it("is noticed by the return of funds that it does not have, after its operation has ended", async () => {
    const scene = await openScene(["finalized"], null);
    const { journal, id } = scene;
    await journal.writeReached(850n);
    await journal.changeOperation(id, await scene.lease(), { status: "completed" });
    await journal.markSettled(id);
    const memo = `cto:1:${id}:recover:1/1`;
    const chain = chainOf([history({ lines: [line([memo])] })], final(memo));
    expect(await ageBy(scene, chain), "nothing of it can be signed").toEqual(CURRENT);
    await journal.requestRecovery(id);
    expect(await ageBy(scene, chain)).toMatchObject({ age: "behind", operationId: id });
  });

  it.each([
    ["the records of one begin", { lines: [], firstAvailableSlot: 851n }],
    ["the history is too long", { lines: [], complete: false }],
    ["no endpoint has", {}],
    ["more than 500", { lines: strangersOf(501) }],
  ])("may be an old backup when %s", async (why, changes) => {
    const scene = await openScene(["ready"], null);
    await scene.journal.writeReached(850n);
    const lease = await scene.lease();
    if (why !== "no endpoint has")
      await inserted(scene.journal, await scene.step(1), lease, { ...FOUND, number: 2 });
    const known = why === "no endpoint has" ? null : final("hello");
    expect(await look(scene, known, changes)).toMatchObject({
      age: "unknown",
      operationId: scene.id,
      why: expect.stringContaining(why),
    });
  });

  it("is not behind when it knows the transaction, or has just been kept up to date", async () => {
    const scene = await openScene(["ready"], null);
    await scene.journal.writeReached(8_000n);
    expect(await look(scene, final(MEMO))).toEqual(CURRENT);
    const other = await openScene(["ready"], null);
    await other.journal.writeReached(850n);
    const lease = await other.lease();
    await inserted(other.journal, await other.step(1), lease, { ...FOUND, number: 2 });
    expect(await look(other, final(MEMO))).toEqual(CURRENT);
  });
});
