/** Adds, changes, removes, rotates and tests webhooks, and sends a delivery again: the service behind `cto webhooks`. */
import { randomBytes } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { z } from "zod";
import { isPublicAddress } from "../../base/public-address.ts";
import { hasUnseen } from "../../base/visible.ts";
import type { Config } from "../../config.ts";
import { requireListed } from "../../contract/page-limit.ts";
import { problemsOf } from "../../contract/parse.ts";
import { idSchema } from "../../contract/types.ts";
import {
  type Delivery,
  WEBHOOK_EVENTS,
  type Webhook,
  type WebhookChange,
  type WebhookEvent,
} from "../../engine/ports.ts";
import { CTOError, type WebhookFault } from "../../errors/index.ts";
import { actorOf, audit } from "../../runtime/audit-log.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { openSealingBox } from "../../runtime/secrets.ts";
import { newSecrets, rotated } from "./secrets.ts";

type Journaled = Pick<CTOContext, "config" | "journal">;

export type WebhookRequest = {
  readonly userId: string;
  readonly url: string;
  /** Default: all events. */
  readonly events?: readonly string[];
};

const URL_CHARACTERS = 2_000;
/** Every event of an operation is written once for each webhook of its user. */
const WEBHOOKS_AT_MOST = 20;

const urlSchema = z.string().max(URL_CHARACTERS);
const eventsSchema = z.array(z.enum(WEBHOOK_EVENTS)).min(1);

const request = z.strictObject({ userId: idSchema, url: urlSchema, events: eventsSchema.optional() });
const changeRequest = z.strictObject({ url: urlSchema.optional(), events: eventsSchema.optional() });

export const privateAllowed = ({ CTO_WEBHOOKS_ALLOW_PRIVATE }: Config): boolean =>
  CTO_WEBHOOKS_ALLOW_PRIVATE === "1";

type Fault = { readonly fault: WebhookFault; readonly reason: string };

/**
 * Returns why a URL is not allowed, as far as the URL itself shows it. The addresses behind its host name are checked
 * at each delivery.
 */
function faultOf(text: string, allowPrivate: boolean): Fault | null {
  if (hasUnseen(text)) return { fault: "url", reason: "the URL has invisible characters" };
  if (!URL.canParse(text)) return { fault: "url", reason: "the URL cannot be read" };
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    return { fault: "credentials", reason: "the URL has a user name or a password in it" };
  if (!/^https?:$/.test(url.protocol)) return { fault: "url", reason: "the URL is neither https nor http" };
  if (allowPrivate) return null;
  if (url.protocol !== "https:") return { fault: "plain", reason: "the URL is not https" };
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "");
  const isLiteral = /^[\d.]+$/.test(host) || host.includes(":");
  if (/(^|\.)localhost$/.test(host) || (isLiteral && !isPublicAddress(host)))
    return { fault: "private", reason: `${host} is not a public address` };
  return null;
}

const invalid = (found: Fault): CTOError => new CTOError("CTO_E_WEBHOOK_INVALID", found);

/** @throws `CTO_E_WEBHOOK_INVALID` */
function parsedBy<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const reason = problemsOf(parsed.error, "").join("; ");
  const fields = new Set(issues.map(({ path }) => path[0]));
  const only = fields.size === 1 ? [...fields][0] : undefined;
  throw invalid({ reason, fault: only === "url" || only === "events" ? only : "request" });
}

/** @throws `CTO_E_WEBHOOK_INVALID` */
function requireAllowed({ config }: Pick<Journaled, "config">, url: string): void {
  const fault = faultOf(url, privateAllowed(config));
  if (fault !== null) throw invalid(fault);
}

const newId = (): string => `wh_${getBase58Decoder().decode(randomBytes(12))}`;

/**
 * Adds a webhook to a user. Only this function's result contains the secret; nothing can show it again.
 *
 * @throws `CTO_E_WEBHOOK_INVALID`, `CTO_E_USER_UNKNOWN`
 * @example
 * const { webhook, secret } = await addWebhook(context, { userId: "alice", url: "https://example.org/cto" });
 */
export async function addWebhook(
  context: Journaled,
  given: WebhookRequest,
): Promise<{ webhook: Webhook; secret: string }> {
  const parsed = parsedBy(request, given);
  const { userId, url } = parsed;
  const events: readonly WebhookEvent[] = parsed.events ?? WEBHOOK_EVENTS;
  requireAllowed(context, url);
  // The journal decides. This check keeps what is refused out of the audit log.
  const { length } = await listWebhooks(context, userId);
  if (length >= WEBHOOKS_AT_MOST)
    throw invalid({ fault: "tooMany", reason: `the user has ${length} webhooks already` });
  const id = newId();
  const { secret, secrets } = await newSecrets(await openSealingBox(context), { id, userId });
  // We record only the URL's host, because paths of webhooks are often secrets.
  await audit(context, "webhook.added", id, { userId, host: new URL(url).host });
  const webhook = await context.journal.addWebhook({
    id,
    userId,
    url,
    events: [...new Set(events)],
    secrets,
    createdBy: actorOf(context.config),
    most: WEBHOOKS_AT_MOST,
  });
  return { webhook, secret };
}

async function requireLive(
  { journal }: Pick<Journaled, "journal">,
  webhookId: string,
): Promise<{ webhook: Webhook; secrets: string }> {
  const found = await journal.readWebhook(webhookId);
  if (found === null || found.webhook.removedAt !== undefined) {
    throw new CTOError("CTO_E_WEBHOOK_UNKNOWN", { webhookId });
  }
  return found;
}

/** Returns a user's webhooks without the removed ones, in the order in which they were added; null: all users'. */
export async function listWebhooks(
  { journal }: Pick<Journaled, "journal">,
  userId: string | null,
): Promise<Webhook[]> {
  if (userId !== null && (await journal.readUser(userId)) === null) {
    throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  }
  const all = await journal.listWebhooks();
  return all.filter((one) => one.removedAt === undefined && (userId === null || one.userId === userId));
}

/**
 * Changes where a webhook is sent, or its events. Fields that are not given keep their values. Deliveries that wait are
 * sent to the new URL.
 *
 * @throws `CTO_E_WEBHOOK_INVALID`, `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function changeWebhook(
  context: Journaled,
  webhookId: string,
  given: { readonly url?: string | undefined; readonly events?: readonly string[] | undefined },
): Promise<Webhook> {
  const { url, events } = parsedBy(changeRequest, given);
  if (url === undefined && events === undefined)
    throw invalid({ fault: "request", reason: "neither a URL nor events are given" });
  if (url !== undefined) requireAllowed(context, url);
  await requireLive(context, webhookId);
  const change: WebhookChange = {
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { events: [...new Set(events)] }),
  };
  await audit(context, "webhook.changed", webhookId, {
    ...(url === undefined ? {} : { host: new URL(url).host }),
    ...(events === undefined ? {} : { events: events.join(",") }),
  });
  const changed = await context.journal.changeWebhook(webhookId, change);
  if (changed === null) throw new CTOError("CTO_E_WEBHOOK_UNKNOWN", { webhookId });
  return changed;
}

/**
 * Removes a webhook. Nothing more is sent to it, including pending deliveries.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function removeWebhook(context: Journaled, webhookId: string): Promise<void> {
  await requireLive(context, webhookId);
  await audit(context, "webhook.removed", webhookId);
  await context.journal.removeWebhook(webhookId);
}

/**
 * Creates a new secret. The previous one also signs for one more day.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function rotateWebhookSecret(context: Journaled, webhookId: string): Promise<string> {
  for (;;) {
    const { webhook, secrets: before } = await requireLive(context, webhookId);
    const { secret, secrets } = await rotated(await openSealingBox(context), webhook, before);
    await audit(context, "webhook.secret-rotated", webhookId);
    if (await context.journal.replaceWebhookSecrets(webhookId, before, secrets)) return secret;
  }
}

/**
 * Queues a test message without content; a worker sends it.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`
 */
export async function testWebhook(context: Journaled, webhookId: string): Promise<string> {
  const { webhook } = await requireLive(context, webhookId);
  const id = `msg_${getBase58Decoder().decode(randomBytes(20))}`;
  const payload = JSON.stringify({
    type: "webhook.test",
    timestamp: new Date().toISOString(),
    data: { webhookId, userId: webhook.userId },
  });
  const lane = `${webhookId}-${id}`;
  await audit(context, "webhook.tested", webhookId);
  await context.journal.writeDeliveries([
    { id, webhookId, lane, position: 0, type: "webhook.test", payload },
  ]);
  return id;
}

/**
 * Lists what was sent to a webhook, also to a removed one, newest first. `before` is the last id of the page before.
 *
 * @throws `CTO_E_WEBHOOK_UNKNOWN`; `CTO_E_USAGE` if `before` is no delivery of this webhook
 */
export async function listDeliveries(
  { journal }: Pick<Journaled, "journal">,
  webhookId: string,
  limit: number,
  before?: string,
): Promise<Delivery[]> {
  if ((await journal.readWebhook(webhookId)) === null) {
    throw new CTOError("CTO_E_WEBHOOK_UNKNOWN", { webhookId });
  }
  if (before !== undefined) {
    const last = await journal.readDelivery(before);
    requireListed(last?.webhookId === webhookId, "before", before);
  }
  return journal.listDeliveries(webhookId, limit, before);
}

async function requireDelivery(
  { journal }: Pick<Journaled, "journal">,
  deliveryId: string,
): Promise<Delivery> {
  const found = await journal.readDelivery(deliveryId);
  if (found === null) throw new CTOError("CTO_E_DELIVERY_UNKNOWN", { deliveryId });
  return found;
}

/**
 * Queues a delivery once more, with the same id and regardless of its status; a worker sends it.
 *
 * @throws `CTO_E_DELIVERY_UNKNOWN`; `CTO_E_WEBHOOK_UNKNOWN` if the webhook was removed
 */
export async function redeliver(context: Journaled, deliveryId: string): Promise<Delivery> {
  const { journal } = context;
  const { webhookId } = await requireDelivery(context, deliveryId);
  await requireLive(context, webhookId);
  await audit(context, "webhook.redelivered", webhookId, { delivery: deliveryId });
  for (;;) {
    const found = await requireDelivery(context, deliveryId);
    const again = { status: "pending", tries: 0, dueAt: new Date() } as const;
    const changed = await journal.changeDelivery(deliveryId, found.version, again);
    if (changed !== null) return changed;
  }
}
