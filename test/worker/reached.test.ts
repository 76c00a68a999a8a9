/** Tests how workers find out together whether the journal is an old backup, and what that costs. */
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { readHistories } from "../../src/chain/history.ts";
import type { Call, Rpc } from "../../src/chain/rpc.ts";
import { readConfig } from "../../src/config.ts";
import type { Address } from "../../src/engine/ports.ts";
import { CTOError } from "../../src/errors/index.ts";
import { attemptOf, planned } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { whySigningWaits } from "../../src/services/signing-waits.ts";
import { type Reached, watchReached } from "../../src/worker/reached.ts";

const LEGS = 45;
const MARK = 850n;
const TIP = 9_000n;
const log = pino({ level: "silent" });

/** An endpoint with full records, where each wallet's history is one transaction of its own. */
function openEndpoint(firstAvailable = 0n) {
  const endpoint = { firstAvailable, lineSlot: 700n, tips: [TIP], calls: new Map<string, number>() };
  const answer = (method: string, params: readonly unknown[]): unknown => {
    endpoint.calls.set(method, (endpoint.calls.get(method) ?? 0) + 1);
    if (method === "getEpochInfo") return { absoluteSlot: TIP, blockHeight: TIP };
    if (method === "getFirstAvailableBlock") return endpoint.firstAvailable;
    const { signature } = attemptOf(1, String(params[0]));
    return [{ signature, slot: endpoint.lineSlot, err: null, memo: "[5] hello" }];
  };
  const call: Call = async ({ method, params, schema }) => schema.parse(answer(method, params));
  const onDistinctEndpoints: Rpc["onDistinctEndpoints"] = async (_count, work) => [await work(call, "one")];
  const chain = {
    readTips: async () => endpoint.tips.map((slot) => ({ slot })),
    readHistories: (wallets: readonly Address[], since: bigint) =>
      readHistories({ onDistinctEndpoints }, 1, wallets, since),
    readFinal: async () => null,
  };
  return { endpoint, chain };
}

describe("workers that find an old mark in the journal", () => {
  const watched: Reached[] = [];
  afterEach(async () => {
    for (const { task } of watched.splice(0)) await task.stop();
  });

  async function open(firstAvailable?: bigint) {
    const journal = createMemoryJournal({ now: () => new Date() });
    await planned(journal, LEGS);
    await journal.writeReached(MARK);
    const { endpoint, chain } = openEndpoint(firstAvailable);
    const context = { config: readConfig({}), journal };
    const watch = (worker: string, everyMs = 60_000): Reached => {
      const reached = watchReached(context, { chain }, { log, worker, everyMs });
      watched.push(reached);
      return reached;
    };
    return { journal, endpoint, context, watch };
  }

  it("check once for all of them, with about one call for each wallet", async () => {
    const { journal, endpoint, watch } = await open();
    const workers = ["one", "two", "three"].map(watch);
    await expect
      .poll(async () => (await Promise.all(workers.map((worker) => worker.isCurrent()))).every(Boolean), {
        timeout: 10_000,
      })
      .toBe(true);
    expect(await journal.readReached()).toMatchObject({ slot: TIP });
    // Three parts of at most 20 wallets: one height each, and four answers about where the records begin.
    expect(Object.fromEntries(endpoint.calls)).toEqual({
      getEpochInfo: 3,
      getSignaturesForAddress: LEGS,
      getFirstAvailableBlock: 12,
    });
  });

  it("rest between two checks that prove nothing, keep the mark, and clear the reason at the end", async () => {
    const { journal, endpoint, context, watch } = await open(TIP);
    const [first, second] = [watch("one"), watch("two")];
    for (let times = 0; times < 5; times += 1)
      for (const worker of [first, second]) expect(await worker?.isCurrent()).toBe(false);
    expect(endpoint.calls.get("getEpochInfo"), "one check").toBe(3);
    expect(await whySigningWaits(context)).toContain("CTO_E_JOURNAL_AGE_UNKNOWN");
    expect(await journal.readReached()).toMatchObject({ slot: MARK });
    endpoint.firstAvailable = 0n;
    await expect.poll(() => second?.isCurrent(), { timeout: 10_000 }).toBe(true);
    expect(await whySigningWaits(context)).toBeNull();
  });

  it("notice that a backup was put under them while they run", async () => {
    const { journal, endpoint, watch } = await open();
    const worker = watch("one", 20);
    await expect.poll(() => worker.isCurrent(), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => journal.readReached(), { timeout: 10_000 }).toMatchObject({ slot: TIP });
    endpoint.firstAvailable = TIP;
    // The backup has its own, older mark. A declaration deletes a mark, so that an older one can be written.
    journal.readReached = async () => ({ slot: MARK, first: MARK, at: new Date() });
    await expect.poll(() => worker.isCurrent(), { timeout: 10_000 }).toBe(false);
    expect((await journal.readHalt())?.reason).toContain("its mark went back from slot 9000 to 850");
  });

  it("notice a young backup, too, but not the mark that follows a declared restore", async () => {
    const { journal, endpoint, watch } = await open();
    const worker = watch("one", 20);
    await expect.poll(() => worker.isCurrent(), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => journal.readReached(), { timeout: 10_000 }).toMatchObject({ slot: TIP });
    // Another worker, whose endpoints lag a little, writes the first mark after the declaration.
    const late = TIP - 5n;
    endpoint.tips = [late];
    await journal.declareRestore({ by: "ops", reason: "", since: 0n, lastValidBlockHeight: 1n });
    await journal.writeReached(late);
    endpoint.tips = [TIP];
    await expect.poll(() => journal.readReached(), { timeout: 10_000 }).toMatchObject({ slot: TIP });
    expect(await journal.readHalt()).toBeNull();
    journal.readReached = async () => ({ slot: late, first: late, at: new Date() });
    await expect
      .poll(async () => (await journal.readHalt())?.reason, { timeout: 10_000 })
      .toContain("CTO_E_JOURNAL_COPIED");
  });

  it("are not misled by one endpoint that lags: the newest tip decides, and the oldest one is the mark", async () => {
    const { journal, endpoint, watch } = await open(TIP);
    endpoint.tips = [MARK + 1n, TIP];
    expect(await watch("one").isCurrent(), "the mark is old").toBe(false);
    endpoint.firstAvailable = 0n;
    await expect.poll(() => watch("two").isCurrent(), { timeout: 10_000 }).toBe(true);
    expect(await journal.readReached()).toMatchObject({ slot: MARK + 1n });
  });

  it("sign nothing on another copy of the journal, also if it becomes one while they run, until that is declared", async () => {
    const { journal, context, watch } = await open();
    const worker = watch("one", 20);
    await expect.poll(() => worker.isCurrent(), { timeout: 10_000 }).toBe(true);
    journal.whyCopied = async () => "a test";
    await expect.poll(() => worker.isCurrent(), { timeout: 10_000 }).toBe(false);
    expect(await whySigningWaits(context)).toContain("CTO_E_JOURNAL_COPIED");
    expect(await watch("two").isCurrent()).toBe(false);
    journal.whyCopied = async () => null;
    await expect.poll(() => worker.isCurrent(), { timeout: 10_000 }).toBe(true);
    expect(await whySigningWaits(context)).toBeNull();
    worker.doubt(new CTOError("CTO_E_JOURNAL_COPIED", { reason: "a test" }));
    journal.whyCopied = async () => "a test";
    expect(await worker.isCurrent()).toBe(false);
  });
});
