/**
 * Provides a worker's clock: the journal's time, continued with this process's monotonic clock. Machines' own clocks
 * may differ by minutes, and may jump. The journal stamps attempts, leases and rests, so only its time is comparable.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock, Journal } from "../engine/ports.ts";

/** The longest time between two readings, ms. Monotonic clocks drift far less than the engine's times. */
const READ_EVERY_MS = 60_000;
/** This difference between the passed times of both local clocks means that the machine slept, or its clock jumped. */
const JUMP_MS = 1_000;
/** A larger difference between the machine's clock and the journal's is logged, ms. */
const TOLERATED_MS = 10_000;

/** The local clocks. Tests replace them. */
export type LocalClocks = { readonly wall: () => number; readonly monotonic: () => number };

const LOCAL: LocalClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** @throws `CTO_E_JOURNAL_UNAVAILABLE` if the journal does not answer the first time */
export async function openJournalClock(
  journal: Pick<Journal, "readTime">,
  log: Pick<Logger, "warn">,
  { wall, monotonic }: LocalClocks = LOCAL,
): Promise<Clock> {
  const read = async () => {
    const time = (await journal.readTime()).getTime();
    return { time, wall: wall(), at: monotonic() };
  };
  let known = await read();
  let reading = false;
  const aheadMs = known.wall - known.time;
  if (Math.abs(aheadMs) > TOLERATED_MS) {
    const text = "this machine's clock differs from the journal's; the worker goes by the journal's";
    log.warn({ aheadMs }, text);
  }
  const readAgain = async (): Promise<void> => {
    reading = true;
    try {
      known = await read();
    } catch {
      // The last reading is still good. The next call of `now` tries again.
    } finally {
      reading = false;
    }
  };
  return {
    now() {
      const passed = monotonic() - known.at;
      const jumped = Math.abs(wall() - known.wall - passed) > JUMP_MS;
      if ((jumped || passed > READ_EVERY_MS) && !reading) void readAgain();
      return new Date(known.time + Math.round(passed));
    },
    sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  };
}
