/** Tests that chats do not wait for each other while the bot polls, and that no unfinished update is confirmed. */
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createPoller, type Poller } from "../../src/telegram/poller.ts";
import { chatOf } from "../../src/telegram/updates.ts";
import { BOT_TOKEN, FakeTelegram } from "../support/telegram.ts";

/** The rests between tries, ms. The tests rest a thousandth of them. */
const rests: number[] = [];
vi.mock("../../src/telegram/pause.ts", async (load) => {
  const { pause } = await load<typeof import("../../src/telegram/pause.ts")>();
  return {
    pause: (ms: number, signal: AbortSignal) => {
      rests.push(ms);
      return pause(ms / 1_000, signal);
    },
  };
});

let telegram: FakeTelegram;
let apiRoot: string;
let stopped: AbortController;
/** The handled updates: chat and number. */
let handled: [number, number][];
let dropped: number[];
/** What happens to an update before it counts as handled. */
let obstacle: (chat: number, id: number) => Promise<void>;

beforeEach(async () => {
  telegram = new FakeTelegram();
  apiRoot = await telegram.listen();
  stopped = new AbortController();
  handled = [];
  dropped = [];
  obstacle = async () => undefined;
});
afterEach(() => {
  stopped.abort();
  telegram.close();
});

const LOOK_MS = 500;

/** Polls until the signal aborts. */
function run(signal = stopped.signal): Poller {
  const drop = (id: number) => void dropped.push(id);
  const options = { token: BOT_TOKEN, apiRoot, lookMs: LOOK_MS, signal, dropped: drop };
  const poller = createPoller(options, async (update) => {
    await obstacle(chatOf(update), update.update_id);
    handled.push([chatOf(update), update.update_id]);
  });
  void (async () => {
    while (!signal.aborted) await poller.poll().catch(() => undefined);
  })();
  return poller;
}
const idOf = (update: object): number => (update as { update_id: number }).update_id;
const write = (chat: number): [number, number] => [chat, idOf(telegram.write(chat, "x"))];
const confirmed = (): number =>
  Math.max(
    ...telegram.calls.filter(({ method }) => method === "getUpdates").map(({ asked }) => asked.offset ?? 0),
  );
const handles = (expected: [number, number][]) =>
  expect.poll(() => handled, { timeout: 10_000 }).toEqual(expected);

it("tries a stuck update again in its chat's order, while other chats go on and are handled once", async () => {
  let isStuck = true;
  obstacle = async (chat) => {
    if (chat === 1 && isStuck) throw new Error("an outage");
  };
  const other = write(2);
  const [stuck, next] = [write(1), write(1)];
  const [third, fourth] = [write(3), write(2)];
  run();
  await expect.poll(() => handled.length).toBe(3);
  expect(handled).toEqual(expect.arrayContaining([other, third, fourth]));
  const later = write(3);
  await expect.poll(() => handled.at(-1)).toEqual(later);
  expect(confirmed()).toBeLessThanOrEqual(stuck[1]);
  isStuck = false;
  await expect.poll(() => handled.slice(4), { timeout: 10_000 }).toEqual([stuck, next]);
  await expect.poll(confirmed).toBe(later[1] + 1);
});

it("goes on with other chats while one chat's update takes long, and gives it again after a restart", async () => {
  const first = new AbortController();
  let release = (): void => undefined;
  obstacle = (chat) =>
    chat === 1 && !first.signal.aborted
      ? new Promise((_, reject) => {
          release = () => reject(new Error("the process ended"));
        })
      : Promise.resolve();
  const slow = write(1);
  const poller = run(first.signal);
  await expect.poll(() => telegram.calls.length).toBeGreaterThan(1);
  const later = [write(2), write(3)];
  await handles(later);
  first.abort();
  release();
  await poller.idle();
  run();
  await expect.poll(() => handled.filter(([chat]) => chat === 1), { timeout: 10_000 }).toEqual([slow]);
});

it("forgets what waits when another process polls, and takes it again later", async () => {
  let isStuck = true;
  obstacle = async () => {
    if (isStuck) throw new Error("an outage");
  };
  const stuck = write(1);
  const poller = run();
  await expect.poll(() => telegram.calls.length).toBeGreaterThan(2);
  isStuck = false;
  poller.leave();
  await handles([stuck]);
  await expect.poll(confirmed).toBe(stuck[1] + 1);
});

it("drops an update after 20 tries in 14 minutes, as the documents say, and goes on in its chat", async () => {
  const [stuck, next] = [write(1), write(1)];
  obstacle = async (_, id) => {
    if (id === stuck[1]) throw new Error("an outage");
  };
  rests.length = 0;
  run();
  await expect.poll(() => dropped, { timeout: 30_000 }).toEqual([stuck[1]]);
  await handles([next]);
  await expect.poll(confirmed).toBe(next[1] + 1);
  const between = rests.filter((ms) => ms !== LOOK_MS);
  expect(between).toHaveLength(19);
  expect(Math.round(between.reduce((sum, ms) => sum + ms, 0) / 60_000)).toBe(14);
  const page = await readFile(new URL("../../docs/telegram.md", import.meta.url), "utf8");
  expect(page).toContain("After 20 tries, which take about 14 minutes");
});

it("passes over what is no update of Telegram's form, and goes on", async () => {
  telegram.deliver({ update_id: 1, message: { text: "/cto" } });
  telegram.deliver({ update_id: 2, message: null });
  telegram.deliver({ update_id: 3, callback_query: { id: 7, data: "buy:1" } });
  telegram.deliver({ update_id: "4" } as never);
  const next = write(1);
  run();
  await handles([next]);
  await expect.poll(confirmed).toBe(next[1] + 1);
});
