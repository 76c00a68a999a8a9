/**
 * Divides an API's rate between workers and estimates. Anyone with a read key may ask for estimates, and their requests
 * must not hold up purchases. Estimates have a share of their own; an estimate beyond it is refused.
 */
import { CTOError } from "../errors/index.ts";

/** The estimates' part of the rate. Workers have the rest. */
const ESTIMATES = 0.25;
/** Jupiter counts over this time. */
const WINDOW_MS = 60_000;

/** Returns the workers' part of a rate, requests per second. */
export const workersRate = (requestsPerSecond: number): number => requestsPerSecond * (1 - ESTIMATES);

export type EstimatesShare = {
  /** Counts one request. */
  count(): void;
  /**
   * Admits one estimate, with all its requests. They may exceed the share a little; the next estimates wait for it.
   *
   * @throws `CTO_E_ESTIMATES_LIMITED` if the share of the last minute is used up
   */
  admit(): void;
};

/**
 * @param requestsPerSecond the rate of the whole plan; `Infinity` for no limit
 * @example
 * const share = createEstimatesShare(0.5); // seven requests a minute
 */
export function createEstimatesShare(
  requestsPerSecond: number,
  now: () => number = Date.now,
): EstimatesShare {
  const most = Math.max(1, Math.floor(requestsPerSecond * ESTIMATES * (WINDOW_MS / 1_000)));
  let used: number[] = [];
  return {
    count() {
      if (Number.isFinite(most)) used.push(now());
    },
    admit() {
      used = used.filter((at) => at > now() - WINDOW_MS);
      if (used.length < most) return;
      const free = (used[used.length - most] ?? now()) + WINDOW_MS;
      throw new CTOError("CTO_E_ESTIMATES_LIMITED", { seconds: Math.ceil((free - now()) / 1_000) });
    },
  };
}
