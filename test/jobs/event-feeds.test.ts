/** Tests that event feeds give each listener every event once and in order, also through an outage of the journal. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Journal, StoredEvent } from "../../src/engine/ports.ts";
import { requestOf } from "../../src/journal/contract/harness.ts";
import { createPostgresJournal, type PostgresJournal } from "../../src/journal/postgres/index.ts";
import { createEventFeeds, type EventFeeds } from "../../src/queue/event-feeds.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let journal: PostgresJournal;

beforeAll(async () => {
  database = await testDatabase();
  journal = await createPostgresJournal({ connectionString: database.connectionString });
  await journal.addUser({ id: "alice" });
});
afterAll(async () => {
  await journal.close();
  await database.drop();
});

let operations = 0;
const newOperation = async (): Promise<string> => {
  operations += 1;
  const { operation } = await journal.createOperation({ id: `op${operations}`, request: requestOf() });
  return operation.id;
};

const append = async (id: string, count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1)
    await journal.appendEvent(id, { type: "phase", phase: "started", label: `${at}`, progress: 10 });
};

/** Feeds on the real journal. The test counts the reads, can make them fail, and sends the wake-ups. */
function openFeeds() {
  let reads = 0;
  let away = false;
  const wakes = new Set<() => void>();
  const counted: Pick<Journal, "readEvents"> = {
    async readEvents(...asked) {
      reads += 1;
      if (away) throw new Error("away");
      return journal.readEvents(...asked);
    },
  };
  const feeds = createEventFeeds(counted, () => ({
    on(_id, wake) {
      wakes.add(wake);
      return () => wakes.delete(wake);
    },
  }));
  return {
    feeds,
    reads: () => reads,
    setAway: (value: boolean) => {
      away = value;
    },
    wake: () => {
      for (const wake of wakes) wake();
    },
    wakes,
  };
}

/** Follows until the event with the number `last` arrives. @returns the numbers of all events */
const hear = (feeds: EventFeeds, id: string, after: number, last: number): Promise<number[]> =>
  new Promise((resolve) => {
    const heard: number[] = [];
    const following = feeds.follow(id, after, {
      onEvents(events: readonly StoredEvent[]) {
        heard.push(...events.map(({ seq }) => seq));
        if ((heard.at(-1) ?? 0) < last) return;
        following.stop();
        resolve(heard);
      },
    });
  });

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("event feeds", () => {
  it("give each listener every event after its number once and in order, whenever it comes", async () => {
    const id = await newOperation();
    await append(id, 450);
    const { feeds, wake } = openFeeds();
    const early = [0, 0, 7, 440, 450].map((after) => hear(feeds, id, after, 460));
    await hear(feeds, id, 0, 250);
    const late = [0, 300].map((after) => hear(feeds, id, after, 460));
    await append(id, 10);
    wake();
    expect(await Promise.all(early)).toEqual([0, 0, 7, 440, 450].map((after) => numbers(after + 1, 460)));
    expect(await Promise.all(late)).toEqual([0, 300].map((after) => numbers(after + 1, 460)));
    await feeds.close();
  });

  it("read the journal once for all who are at the same place", async () => {
    const id = await newOperation();
    await append(id, 100);
    const { feeds, reads, wakes } = openFeeds();
    const all = Array.from({ length: 50 }, () => hear(feeds, id, 0, 100));
    expect(feeds.size).toBe(1);
    await Promise.all(all);
    expect(reads()).toBe(1);
    expect(feeds.size).toBe(0);
    await feeds.close();
    expect(wakes.size).toBe(0);
  });

  it("leave a listener that is not ready where it is, and serve the others meanwhile", async () => {
    const id = await newOperation();
    await append(id, 20);
    const { feeds } = openFeeds();
    const slow: number[] = [];
    let ready = false;
    const following = feeds.follow(id, 0, {
      isReady: () => ready,
      onEvents: (events) => slow.push(...events.map(({ seq }) => seq)),
    });
    expect(await hear(feeds, id, 0, 20)).toEqual(numbers(1, 20));
    expect(slow).toEqual([]);
    ready = true;
    following.resume();
    await expect.poll(() => slow).toEqual(numbers(1, 20));
    await feeds.close();
  });

  it("outlast an outage of the journal, a lost wake-up and a listener that throws", async () => {
    const id = await newOperation();
    const { feeds, setAway, reads } = openFeeds();
    setAway(true);
    feeds.follow(id, 0, {
      onEvents: () => {
        throw new Error("a listener's fault");
      },
    });
    const heard = hear(feeds, id, 0, 3);
    await expect.poll(reads).toBeGreaterThan(0);
    await append(id, 3);
    setAway(false);
    expect(await heard).toEqual([1, 2, 3]);
    await feeds.close();
  });
});
