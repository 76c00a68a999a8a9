/** Adds, reads, changes and removes webhooks, and replaces their secrets. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { NewWebhook, Webhook, WebhookChange } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { tooManyWebhooks } from "../../too-many-webhooks.ts";
import { parseWebhook, parseWebhookSecrets } from "../documents/webhook.ts";
import { insertOnce } from "../insert-once.ts";
import { nextNumber } from "../next-number.ts";
import type { Store } from "../store.ts";

const WITHOUT_SECRETS = { secrets: 0 } as const;

/**
 * How long one call may have a user's webhooks for itself, ms. Only a call that stops for longer, between its count and its
 * insert, could make it one webhook too many.
 */
const TURN_MS = 30_000;
const WAIT_MS = 20;

/** Waits until no other call adds a webhook to the user. Returns the function that lets the next one begin. */
const turnOf = async ({ users, clock, decisive }: Store, userId: string): Promise<() => Promise<unknown>> => {
  const by = randomUUID();
  for (;;) {
    const now = clock.now();
    const isFree = { $or: [{ adding: { $exists: false } }, { "adding.until": { $lt: now } }] };
    // The driver may send the update twice. The second one then finds our own mark.
    const isOurs = { "adding.by": by };
    const { matchedCount } = await users.updateOne(
      { _id: userId, $or: [isFree, isOurs] },
      { $set: { adding: { by, until: new Date(now.getTime() + TURN_MS) } } },
    );
    if (matchedCount === 1) break;
    if ((await users.findOne({ _id: userId }, decisive)) === null) {
      throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
    }
    await sleep(WAIT_MS);
  }
  return () => users.updateOne({ _id: userId, "adding.by": by }, { $unset: { adding: true } });
};

/** @throws `CTO_E_USER_UNKNOWN`; `CTO_E_WEBHOOK_INVALID` if the user has `most` webhooks already */
export const addWebhook = async (store: Store, { id, most, ...webhook }: NewWebhook): Promise<Webhook> => {
  const { userId } = webhook;
  const end = await turnOf(store, userId);
  try {
    const isFull =
      most !== undefined && (await store.webhooks.countDocuments({ userId, removedAt: null })) >= most;
    if (isFull) throw tooManyWebhooks(most);
    const document = {
      ...webhook,
      _id: id,
      events: [...webhook.events],
      createdAt: store.clock.now(),
      removedAt: null,
      number: await nextNumber(store, "webhooks"),
    };
    if (await insertOnce(store, store.webhooks, document)) return parseWebhook(document);
    throw new CTOError("CTO_E_INTERNAL", { reason: `the webhook id ${id} is taken` });
  } finally {
    await end();
  }
};

export const readWebhook = async (
  { webhooks, decisive }: Store,
  id: string,
): Promise<{ webhook: Webhook; secrets: string } | null> => {
  const found = await webhooks.findOne({ _id: id }, decisive);
  return found === null ? null : { webhook: parseWebhook(found), secrets: parseWebhookSecrets(found) };
};

export const listWebhooks = async ({ webhooks }: Store): Promise<Webhook[]> =>
  (await webhooks.find({}, { projection: WITHOUT_SECRETS }).sort({ number: 1 }).toArray()).map(parseWebhook);

export const removeWebhook = async (
  { webhooks, clock, decisive }: Store,
  id: string,
): Promise<Webhook | null> => {
  await webhooks.updateOne({ _id: id, removedAt: null }, { $set: { removedAt: clock.now() } });
  const found = await webhooks.findOne({ _id: id }, { ...decisive, projection: WITHOUT_SECRETS });
  return found === null ? null : parseWebhook(found);
};

export const changeWebhook = async (
  { webhooks }: Store,
  id: string,
  { url, events }: WebhookChange,
): Promise<Webhook | null> => {
  const found = await webhooks.findOneAndUpdate(
    { _id: id, removedAt: null },
    // `removedAt` is null already. It is here because some servers refuse an empty $set.
    { $set: { removedAt: null, ...(url ? { url } : {}), ...(events ? { events: [...events] } : {}) } },
    { returnDocument: "after" },
  );
  return found === null ? null : parseWebhook(found);
};

export const replaceWebhookSecrets = async (
  { webhooks, decisive }: Store,
  id: string,
  expected: string,
  secrets: string,
): Promise<boolean> => {
  const { matchedCount } = await webhooks.updateOne({ _id: id, secrets: expected }, { $set: { secrets } });
  // The driver may have sent the update twice. The second one then matches nothing, although our write succeeded.
  return matchedCount === 1 || (await webhooks.findOne({ _id: id, secrets }, decisive)) !== null;
};
