/**
 * Keeps receivers that fail or answer slowly from using all concurrent deliveries of a process. A receiver that has just
 * answered well may use any number. Each other one may use a few, so that the other receivers do not wait for it.
 */

const UNPROVED_AT_MOST = 4;
/** A slower answer does not count as good, ms. */
const QUICK_MS = 2_000;

export type Receivers = {
  /** Returns the webhooks to which nothing more may be sent now. */
  full(): string[];
  /**
   * Takes a place for one delivery. Returns null if the webhook has none left.
   *
   * @returns a function that gives the place back, with whether the delivery arrived; undefined: nothing was sent
   */
  enter(webhookId: string): ((arrived: boolean | undefined) => void) | null;
};

export function createReceivers(now: () => number = Date.now): Receivers {
  const inFlight = new Map<string, number>();
  /** The webhooks whose last delivery arrived quickly. */
  const healthy = new Set<string>();
  const isFull = (id: string, count: number): boolean => !healthy.has(id) && count >= UNPROVED_AT_MOST;
  return {
    full: () => [...inFlight].filter(([id, count]) => isFull(id, count)).map(([id]) => id),
    enter(id) {
      const count = inFlight.get(id) ?? 0;
      if (isFull(id, count)) return null;
      inFlight.set(id, count + 1);
      const since = now();
      return (arrived) => {
        const left = (inFlight.get(id) ?? 1) - 1;
        if (left === 0) inFlight.delete(id);
        else inFlight.set(id, left);
        if (arrived === undefined) return;
        if (arrived && now() - since < QUICK_MS) healthy.add(id);
        else healthy.delete(id);
      };
    },
  };
}
