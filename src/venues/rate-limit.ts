/** A brake in front of an HTTP API: so many requests per second, and none at all while the API says to wait. */
import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";

/** Short bursts are allowed within this window; APIs of this kind count over a longer one (Jupiter: 60 s). */
const WINDOW_SECONDS = 10;
/** Requests that wait out a pause hold their place, so that not all of them go out when it ends. */
const IN_FLIGHT = 8;

export type RateLimit = {
  /** Runs the request when its turn comes, unless the signal is aborted before. */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Holds back every request that has not begun until this time (Unix ms). */
  pauseUntil(time: number): void;
};

const createQueue = (requestsPerSecond: number): PQueue => {
  if (requestsPerSecond === Number.POSITIVE_INFINITY) return new PQueue();
  const intervalCap = Math.max(1, Math.floor(requestsPerSecond * WINDOW_SECONDS));
  return new PQueue({
    concurrency: IN_FLIGHT,
    intervalCap,
    interval: (intervalCap / requestsPerSecond) * 1_000,
  });
};

/**
 * @param requestsPerSecond greater than 0; `Infinity` for no limit
 * @example
 * const limit = createRateLimit(0.5);
 * await limit.run(() => fetch(url));
 */
export const createRateLimit = (requestsPerSecond: number): RateLimit => {
  const queue = createQueue(requestsPerSecond);
  let pausedUntil = 0;
  return {
    run: (request, signal) =>
      queue.add(
        async () => {
          while (Date.now() < pausedUntil)
            await sleep(pausedUntil - Date.now(), undefined, signal ? { signal } : {});
          return request();
        },
        signal ? { signal } : {},
      ),
    pauseUntil: (time) => {
      pausedUntil = Math.max(pausedUntil, time);
    },
  };
};
