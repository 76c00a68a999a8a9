/**
 * Divides an API's rate between workers and estimates, and the estimates' part between tenants. Anyone with a read key
 * may ask for estimates, and their requests must hold up neither purchases nor the estimates of others.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { CTOError } from "../errors/index.ts";

/** The estimates' part of the rate. Workers have the rest. */
const ESTIMATES = 0.25;
/** Jupiter counts over this time. */
const WINDOW_MS = 60_000;
/** The share is divided between at least so many tenants, so that one who comes later finds a part of it. */
const LEAST_PARTS = 2;

/** Returns the workers' part of a rate, requests per second. */
export const workersRate = (requestsPerSecond: number): number => requestsPerSecond * (1 - ESTIMATES);

export type EstimatesShare = {
  /**
   * Counts one request for the tenant whose work makes it.
   *
   * @throws `CTO_E_ESTIMATES_LIMITED` if this is the first request of work that is admitted lazily
   */
  count(): void;
  /**
   * Does the work of one estimate. All its requests are admitted together. They may exceed the tenant's part a little; the
   * tenant's next estimates wait for it. Estimates of one tenant are made one after the other, so that the requests of
   * each are known before the next one is admitted.
   *
   * @param when `first`: the work is admitted when it makes its first request, because it may make none
   * @throws `CTO_E_ESTIMATES_LIMITED` if the tenant's part of the last minute is used up, or the whole share
   */
  run<T>(tenant: string, work: () => Promise<T>, when?: "now" | "first"): Promise<T>;
};

type Use = { at: number; readonly tenant: string };
/** `place`: was taken at the admission, for the first request. */
type Turn = { readonly tenant: string; isAdmitted: boolean; place?: Use | undefined };

/** Returns when fewer than `most` of these uses are left. */
const freeAt = (uses: readonly Use[], most: number): number => {
  const times = uses.map(({ at }) => at).sort((a, b) => a - b);
  return (times[times.length - most] ?? Number.NEGATIVE_INFINITY) + WINDOW_MS;
};

/**
 * @param requestsPerSecond the rate of the whole plan; `Infinity` for no limit
 * @example
 * const share = createEstimatesShare(0.5); // seven requests a minute, three of them for one tenant
 * await share.run("user alice", () => estimateOperation(…));
 */
export function createEstimatesShare(
  requestsPerSecond: number,
  now: () => number = Date.now,
): EstimatesShare {
  const most = Math.max(1, Math.floor(requestsPerSecond * ESTIMATES * (WINDOW_MS / 1_000)));
  const turns = new AsyncLocalStorage<Turn>();
  let uses: Use[] = [];
  /** When each tenant of the last minute asked last, also if it was refused. */
  const asked = new Map<string, number>();

  /** The last estimate of each tenant that makes one. */
  const last = new Map<string, Promise<unknown>>();
  const after = async <T>(tenant: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(tenant) ?? Promise.resolve()).then(work);
    const ended = mine.catch(() => undefined);
    last.set(tenant, ended);
    void ended.then(() => last.get(tenant) === ended && last.delete(tenant));
    return mine;
  };

  const admit = (turn: Turn): void => {
    const { tenant } = turn;
    const since = now() - WINDOW_MS;
    uses = uses.filter(({ at }) => at > since);
    asked.set(tenant, now());
    for (const [other, at] of asked) if (at <= since) asked.delete(other);
    const part = Math.max(1, Math.floor(most / Math.max(LEAST_PARTS, asked.size)));
    const own = uses.filter((use) => use.tenant === tenant);
    const free = Math.max(freeAt(uses, most), freeAt(own, part));
    if (free > now())
      throw new CTOError("CTO_E_ESTIMATES_LIMITED", { seconds: Math.ceil((free - now()) / 1_000) });
    turn.isAdmitted = true;
    turn.place = { at: now(), tenant };
    uses.push(turn.place);
  };

  return {
    count() {
      if (!Number.isFinite(most)) return;
      const turn = turns.getStore();
      if (turn !== undefined && !turn.isAdmitted) admit(turn);
      if (turn?.place === undefined) uses.push({ at: now(), tenant: turn?.tenant ?? "" });
      else turn.place.at = now();
      if (turn !== undefined) turn.place = undefined;
    },
    async run<T>(tenant: string, work: () => Promise<T>, when: "now" | "first" = "now") {
      if (!Number.isFinite(most)) return work();
      const turn: Turn = { tenant, isAdmitted: false };
      const admitted = async (): Promise<T> => {
        if (when === "now") admit(turn);
        try {
          return await turns.run(turn, work);
        } finally {
          uses = uses.filter((use) => use !== turn.place);
        }
      };
      return when === "now" ? after(tenant, admitted) : admitted();
    },
  };
}
