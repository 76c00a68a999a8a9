/** Adds, reads, changes and removes webhooks, and replaces their secrets. */
import type { NewWebhook, Webhook, WebhookChange } from "../../../engine/ports.ts";
import { CTOError } from "../../../errors/index.ts";
import { parseWebhook, parseWebhookSecrets } from "../documents/webhook.ts";
import { insertOnce } from "../insert-once.ts";
import { nextNumber } from "../next-number.ts";
import type { Store } from "../store.ts";

const WITHOUT_SECRETS = { secrets: 0 } as const;

/** @throws `CTO_E_USER_UNKNOWN` */
export const addWebhook = async (store: Store, { id, ...webhook }: NewWebhook): Promise<Webhook> => {
  const { userId } = webhook;
  if ((await store.users.findOne({ _id: userId }, store.decisive)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
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
