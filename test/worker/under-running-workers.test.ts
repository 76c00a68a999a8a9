/** A snapshot of the disk, or an old primary, that comes under running workers between two marks. */
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { type Reached, watchReached } from "../../src/worker/reached.ts";

const log = pino({ level: "silent" });
const DECLARED = { by: "ops", reason: "failover", since: 0n, lastValidBlockHeight: 1n };
const newJournal = () => createMemoryJournal({ now: () => new Date() });

describe("a snapshot that is put under a running worker", () => {
  const watched: Reached[] = [];
  afterEach(async () => {
    for (const { task } of watched.splice(0)) await task.stop();
  });

  async function open(everyMs: number, isDeclared = false) {
    let live = newJournal();
    const journal = new Proxy(live, { get: (_, name) => Reflect.get(live, name) });
    if (isDeclared) await journal.declareRestore(DECLARED);
    const endpoint = { tip: 9_000n };
    const chain = {
      readTips: async () => [{ slot: endpoint.tip }],
      readHistories: async () => new Map(),
      readFinal: async () => null,
    };
    const context = { config: readConfig({}), journal };
    const worker = watchReached(context, { chain }, { log, worker: "one", everyMs });
    watched.push(worker);
    await expect.poll(() => journal.readReached()).toMatchObject({ slot: endpoint.tip });
    expect(await worker.isCurrent()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    /** The database is exchanged in one moment for a snapshot of the same copy with this mark. */
    const putBack = async (mark: bigint | null, copied: string | null = null): Promise<void> => {
      const snapshot = newJournal();
      snapshot.whyCopied = async () => copied;
      if (mark !== null) await snapshot.writeReached(mark);
      live = snapshot;
    };
    const declareAt = async (height: bigint, now: Date): Promise<void> => {
      const snapshot = createMemoryJournal({ now: () => now });
      await snapshot.declareRestore({ ...DECLARED, lastValidBlockHeight: height });
      await snapshot.writeReached(850n);
      live = snapshot;
    };
    return { journal, endpoint, worker, putBack, declareAt };
  }

  it("is noticed before the worker's next turn a second later, and not only at its next mark", async () => {
    const { journal, worker, putBack } = await open(60_000);
    await putBack(850n);
    await expect.poll(() => worker.isCurrent(), { timeout: 4_000 }).toBe(false);
    expect((await journal.readHalt())?.reason).toContain("its mark went back from slot 9000 to 850");
  });

  it("is noticed although a restore was declared once, which the snapshot does not have", async () => {
    const { journal, putBack } = await open(20, true);
    await putBack(8_990n);
    // It is young, so only the mark that went back shows it.
    await expect
      .poll(async () => (await journal.readHalt())?.reason, { timeout: 4_000 })
      .toContain("CTO_E_JOURNAL_COPIED");
  });

  it("is no reason to halt where its restore was declared, although its database's clock is behind", async () => {
    const { journal, declareAt, worker } = await open(20, true);
    await declareAt(DECLARED.lastValidBlockHeight + 1n, new Date("2020-01-01"));
    await expect.poll(async () => (await journal.readReached())?.slot, { timeout: 4_000 }).toBe(9_000n);
    expect(await journal.readHalt()).toBeNull();
    expect(await worker.isCurrent()).toBe(true);
  });

  it("is noticed although it has an older declaration, and its clock was ahead", async () => {
    const { journal, declareAt } = await open(20, true);
    await declareAt(DECLARED.lastValidBlockHeight - 1n, new Date("2100-01-01"));
    await expect
      .poll(async () => (await journal.readHalt())?.reason, { timeout: 4_000 })
      .toContain("CTO_E_JOURNAL_COPIED");
  });

  it("is noticed although it has no mark at all", async () => {
    const { journal, putBack } = await open(20);
    await putBack(null);
    await expect
      .poll(async () => (await journal.readHalt())?.reason, { timeout: 4_000 })
      .toContain("its mark went back from slot 9000 to 0");
  });

  it("needs no halt, and so no `cto resume`, where it is another copy, as a standby without the last mark is", async () => {
    const { journal, worker, putBack } = await open(20);
    await putBack(8_990n, "a standby was promoted");
    await expect.poll(() => worker.isCurrent(), { timeout: 4_000 }).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await journal.readHalt()).toBeNull();
  });

  it("is not imagined: marks that grow under many looks, and a declaration, halt nothing", async () => {
    const { journal, endpoint, worker } = await open(5);
    for (let times = 0; times < 60; times += 1) {
      endpoint.tip += 3n;
      await worker.isCurrent();
      if (times % 20 === 10) await journal.declareRestore(DECLARED);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await journal.readHalt()).toBeNull();
  });
});
