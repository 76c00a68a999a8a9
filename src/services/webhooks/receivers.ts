/**
 * Keeps the receivers of one user, or of a few, from using all concurrent deliveries of a process. A receiver that has just
 * answered well may use more of them than one that fails or answers slowly. The places count per user, because a user
 * may give the same receiver to several webhooks. Each user's first place counts apart from the further ones: however
 * many of these are taken, the next user finds a first place.
 */
import type { Webhooks } from "../../engine/ports.ts";

/** The most deliveries at once to all receivers of a user. */
const OF_USER_AT_MOST = 16;
/** The most of these to receivers that have not just answered well. */
const UNPROVED_OF_USER_AT_MOST = 8;
/** The most of those to one webhook, so that one that fails leaves places to its user's others. */
const UNPROVED_AT_MOST = 4;
/** The most further places of all users together. The rest of a process's deliveries are first places. */
const FURTHER_AT_MOST = 20;
/** The most of these to receivers that have not just answered well. */
const UNPROVED_FURTHER_AT_MOST = 12;
/** The most deliveries at once to all receivers that failed or answered slowly at their last try. */
const FAILING_AT_MOST = 20;
/** A slower answer does not count as good, ms. */
const QUICK_MS = 2_000;

export type Receivers = {
  /** Returns the webhooks to which nothing more may be sent now. */
  full(): string[];
  /**
   * Takes a place for one delivery. Returns null if none is left.
   *
   * @returns a function that gives the place back, with whether the delivery arrived; undefined: this is not known
   */
  enter(webhookId: string): Promise<((arrived: boolean | undefined) => void) | null>;
};

type Place = {
  readonly webhookId: string;
  readonly userId: string;
  readonly isUnproved: boolean;
  readonly isFailing: boolean;
};

/** Returns how many of the places are not their user's first one. */
const furtherOf = (places: readonly Place[]): number =>
  places.length - new Set(places.map(({ userId }) => userId)).size;

export function createReceivers(
  { readWebhook }: Pick<Webhooks, "readWebhook">,
  now: () => number = Date.now,
): Receivers {
  const taken = new Set<Place>();
  /** The users of the webhooks that were tried. A webhook never changes its user. */
  const users = new Map<string, string>();
  /** The webhooks whose last delivery arrived quickly. */
  const healthy = new Set<string>();
  /** The webhooks whose last delivery did not. A webhook that was never tried is in neither set. */
  const failing = new Set<string>();
  const isFull = (webhookId: string, userId: string): boolean => {
    const places = [...taken];
    const ofUser = places.filter((place) => place.userId === userId);
    if (ofUser.length >= OF_USER_AT_MOST) return true;
    if (ofUser.length > 0 && furtherOf(places) >= FURTHER_AT_MOST) return true;
    if (healthy.has(webhookId)) return false;
    if (failing.has(webhookId) && places.filter(({ isFailing }) => isFailing).length >= FAILING_AT_MOST)
      return true;
    const unproved = ofUser.filter((place) => place.isUnproved);
    if (unproved.length >= UNPROVED_OF_USER_AT_MOST) return true;
    const further = furtherOf(places.filter(({ isUnproved }) => isUnproved));
    if (unproved.length > 0 && further >= UNPROVED_FURTHER_AT_MOST) return true;
    return unproved.filter((place) => place.webhookId === webhookId).length >= UNPROVED_AT_MOST;
  };
  return {
    full: () => (taken.size === 0 ? [] : [...users].filter((one) => isFull(...one)).map(([id]) => id)),
    async enter(webhookId) {
      const userId = users.get(webhookId) ?? (await readWebhook(webhookId))?.webhook.userId ?? "";
      users.set(webhookId, userId);
      if (isFull(webhookId, userId)) return null;
      const place = {
        webhookId,
        userId,
        isUnproved: !healthy.has(webhookId),
        isFailing: failing.has(webhookId),
      };
      taken.add(place);
      const since = now();
      return (arrived) => {
        taken.delete(place);
        if (arrived === undefined) return;
        const isGood = arrived && now() - since < QUICK_MS;
        (isGood ? healthy : failing).add(webhookId);
        (isGood ? failing : healthy).delete(webhookId);
      };
    },
  };
}
