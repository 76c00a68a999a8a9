/**
 * Sends what waits in a lane, one after the other: the next one only when the one before it has arrived or was given up. A
 * delivery is claimed in the journal before it is sent, so that two workers never send it at the same moment; one that dies
 * leaves the claim to run out. A receiver may still hear one twice, with the same `webhook-id`.
 */
import { Webhook as Signer } from "standardwebhooks";
import { guardedPost, Refused, type Resolve } from "../../base/guarded-post.ts";
import type { Delivery, Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { SecretBox } from "../../wallets/secret-box.ts";
import { privateAllowed } from "./registry.ts";
import { openSecrets } from "./secrets.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long after each failed try the next one comes: 24 hours in all. */
const RETRIES_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  8 * HOUR,
];

/** Of one try, redirects included. */
const TIMEOUT_MS = 15 * SECOND;
/** A claim outlives every try. */
const CLAIM_MS = 2 * TIMEOUT_MS;

const ANSWER_CHARACTERS = 300;

export type DeliverOptions = {
  readonly secretBox: SecretBox;
  readonly signal?: AbortSignal;
  readonly retriesMs?: readonly number[];
  readonly resolve?: Resolve;
};

type Sending = Pick<CTOContext, "config" | "journal">;
type Outcome = { readonly arrived: boolean; readonly final?: true; readonly answer: string };

/** All secrets that sign now, each with its own signature: that is how the standard lets secrets be rotated. */
const signatures = (secrets: readonly string[], { id, payload }: Delivery, at: Date): string =>
  secrets.map((secret) => new Signer(secret).sign(id, at, payload)).join(" ");

async function post(
  { config }: Sending,
  webhook: Webhook,
  secrets: readonly string[],
  delivery: Delivery,
  { signal, resolve }: DeliverOptions,
): Promise<Outcome> {
  const at = new Date();
  try {
    const status = await guardedPost(webhook.url, {
      body: delivery.payload,
      allowPrivate: privateAllowed(config),
      timeoutMs: TIMEOUT_MS,
      headers: {
        "content-type": "application/json",
        "user-agent": "cto-queue",
        "webhook-id": delivery.id,
        "webhook-timestamp": String(Math.floor(at.getTime() / SECOND)),
        "webhook-signature": signatures(secrets, delivery, at),
      },
      ...(signal ? { signal } : {}),
      ...(resolve ? { resolve } : {}),
    });
    return { arrived: status >= 200 && status < 300, answer: `HTTP ${status}` };
  } catch (error) {
    const answer = (error instanceof Error ? error.message : String(error)).slice(0, ANSWER_CHARACTERS);
    return { arrived: false, answer: error instanceof Refused ? `refused: ${answer}` : answer };
  }
}

async function attempt(sending: Sending, delivery: Delivery, options: DeliverOptions): Promise<Outcome> {
  const found = await sending.journal.readWebhook(delivery.webhookId);
  if (found === null || found.webhook.removedAt !== undefined) {
    return { arrived: false, final: true, answer: "the webhook was removed" };
  }
  const { webhook, secrets } = found;
  const opened = await openSecrets(options.secretBox, webhook, secrets);
  return post(sending, webhook, opened, delivery, options);
}

/**
 * Sends the first pending delivery of a lane, if it is due.
 * @returns whether the lane may have another one to send now
 */
async function sendNext(sending: Sending, lane: string, options: DeliverOptions): Promise<boolean> {
  const { journal } = sending;
  const { retriesMs = RETRIES_MS } = options;
  const next = await journal.nextDelivery(lane);
  if (next === null) return false;
  if (next.tries > 0 && next.dueAt > new Date()) {
    await journal.postponeLane(lane, next.dueAt);
    return false;
  }
  const tries = next.tries + 1;
  const claim = { status: "pending", tries, dueAt: new Date(Date.now() + CLAIM_MS) } as const;
  const claimed = await journal.changeDelivery(next.id, next.version, claim);
  if (claimed === null) return false; // Another worker has it.
  const { arrived, final = false, answer } = await attempt(sending, claimed, options);
  const rest = retriesMs[tries - 1];
  const over = arrived || final || rest === undefined;
  const dueAt = new Date(Date.now() + (over ? 0 : rest));
  const status = arrived ? "delivered" : over ? "failed" : "pending";
  await journal.changeDelivery(claimed.id, claimed.version, { status, tries, dueAt, answer });
  // Those that wait behind it are looked at when it is; now, when it is out of their way.
  if (!over || tries > 1) await journal.postponeLane(lane, dueAt);
  return over;
}

/** Until the lane is empty, or its first delivery rests. */
export async function deliverLane(sending: Sending, lane: string, options: DeliverOptions): Promise<void> {
  while (!options.signal?.aborted) {
    if (!(await sendNext(sending, lane, options))) return;
  }
}
