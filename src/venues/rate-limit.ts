/** Limits the requests to an HTTP API: a number of requests per second, and none while the API requires a pause. */
import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";

/** Short bursts are allowed within this window. Such APIs count over a longer window (Jupiter: 60 s). */
const WINDOW_SECONDS = 10;
/** The most requests that run or wait in a pause at the same time, so that not all requests start when a pause ends. */
const IN_FLIGHT = 8;

const intervalOf = (requestsPerSecond: number): { most: number; seconds: number } => {
  const most = Math.max(1, Math.floor(requestsPerSecond * WINDOW_SECONDS));
  return { most, seconds: most / requestsPerSecond };
};

/**
 * Returns how long an idle rate limit takes until the last of so many requests may begin, seconds.
 *
 * @example
 * secondsFor(0.5, 12); // 20: five requests now, five after ten seconds, two after twenty
 */
export function secondsFor(requestsPerSecond: number, requests: number): number {
  if (requestsPerSecond === Number.POSITIVE_INFINITY || requests < 1) return 0;
  const { most, seconds } = intervalOf(requestsPerSecond);
  return Math.floor((requests - 1) / most) * seconds;
}

export type RateLimit = {
  /** Runs the request when its turn comes, unless the signal is aborted first. */
  run<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Delays every request that has not started until this time (Unix ms). */
  pauseUntil(time: number): void;
};

const createQueue = (requestsPerSecond: number): PQueue => {
  if (requestsPerSecond === Number.POSITIVE_INFINITY) return new PQueue();
  const { most, seconds } = intervalOf(requestsPerSecond);
  return new PQueue({ concurrency: IN_FLIGHT, intervalCap: most, interval: seconds * 1_000 });
};

/**
 * Creates a rate limit.
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
