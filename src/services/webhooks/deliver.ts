/**
 * Sends the pending deliveries of a lane in order. The next delivery is sent only after the one before it has arrived
 * or failed for good. We claim a delivery in the journal before we send it, so that two workers never send it at the
 * same moment. If a worker dies, its claim expires. A receiver may still get a delivery twice, with the same
 * `webhook-id`.
 */
import { Webhook as Signer } from "standardwebhooks";
import { guardedPost, Refused } from "../../base/guarded-post.ts";
import type { Resolve } from "../../base/host-names.ts";
import { visible } from "../../base/visible.ts";
import type { Delivery, Webhook } from "../../engine/ports.ts";
import type { CTOContext } from "../../runtime/context.ts";
import type { SecretBox } from "../../wallets/secret-box.ts";
import { createReceivers, type Receivers } from "./receivers.ts";
import { privateAllowed } from "./registry.ts";
import { openSecrets } from "./secrets.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pause after each failed try. All pauses together are about 24 hours. */
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

/** The timeout of one try, including redirects. */
const TIMEOUT_MS = 15 * SECOND;
/** A claim lasts this many times as long as any try may take. */
const CLAIM_TRIES = 2;

/** The longest wait that a busy receiver gets by `Retry-After`. Otherwise the tries would last for more than a day. */
const BUSY_MS_AT_MOST = HOUR;

const ANSWER_CHARACTERS = 300;
/** The receiver wants no more of this. */
const GONE = 410;

export type DeliverOptions = {
  readonly secretBox: SecretBox;
  readonly signal?: AbortSignal;
  readonly retriesMs?: readonly number[];
  /** Default: 15 seconds. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
  /** The state of the receivers, shared by all lanes of a process. */
  readonly receivers?: Receivers;
};

type Sending = Pick<CTOContext, "config" | "journal">;
/** `stopped`: the worker stopped during the try, so that nothing is known about the receiver. */
type Outcome = {
  readonly arrived: boolean;
  readonly final?: true;
  readonly stopped?: true;
  readonly answer: string;
  /** The receiver wants no other try before this time has passed, ms. */
  readonly busyMs?: number;
};

/**
 * Returns one signature for each secret that signs now. The webhook standard supports the rotation of secrets in this
 * way.
 */
const signatures = (secrets: readonly string[], { id, payload }: Delivery, at: Date): string =>
  secrets.map((secret) => new Signer(secret).sign(id, at, payload)).join(" ");

/** The same refusal by a person's command has this as its remedy. */
const HOW_TO_ALLOW = " (a worker allows it with CTO_WEBHOOKS_ALLOW_PRIVATE=1)";

/** Some errors quote the receiver, for example its certificate. People read them in the log of deliveries. */
const wordsOf = (error: unknown): string => {
  if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
  return visible(error instanceof Error ? error.message : String(error)).slice(0, ANSWER_CHARACTERS);
};

/** A redirect that we do not follow looks like a receiver that does not work. */
const statusWords = (status: number): string =>
  status >= 300 && status < 400
    ? `HTTP ${status} (of the redirects, only 307 and 308 with an address are followed)`
    : `HTTP ${status}`;

async function post(
  { config }: Sending,
  webhook: Webhook,
  secrets: readonly string[],
  delivery: Delivery,
  { signal, resolve, timeoutMs = TIMEOUT_MS }: DeliverOptions,
): Promise<Outcome> {
  const at = new Date();
  let busyMs = 0;
  try {
    const status = await guardedPost(webhook.url, {
      body: delivery.payload,
      allowPrivate: privateAllowed(config),
      timeoutMs,
      onBusy: (ms) => {
        busyMs = Math.min(ms, BUSY_MS_AT_MOST);
      },
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
    const arrived = status >= 200 && status < 300;
    return { arrived, answer: statusWords(status), busyMs, ...(status === GONE ? { final: true } : {}) };
  } catch (error) {
    const answer = wordsOf(error);
    if (signal?.aborted) return { arrived: false, stopped: true, answer };
    if (!(error instanceof Refused)) return { arrived: false, answer };
    return { arrived: false, answer: `refused: ${answer}${error.isPrivate ? HOW_TO_ALLOW : ""}` };
  }
}

async function attempt(sending: Sending, delivery: Delivery, options: DeliverOptions): Promise<Outcome> {
  const found = await sending.journal.readWebhook(delivery.webhookId);
  if (found === null || found.webhook.removedAt !== undefined) {
    return { arrived: false, final: true, answer: "the webhook was removed" };
  }
  const { webhook, secrets } = found;
  let opened: readonly string[];
  try {
    opened = await openSecrets(options.secretBox, webhook, secrets);
  } catch (error) {
    // The worker has another secret than the installation. The log of deliveries must show it, as any failed try.
    return { arrived: false, answer: wordsOf(error) };
  }
  return post(sending, webhook, opened, delivery, options);
}

/** Claims a delivery, sends it, and records the outcome. Returns as `sendNext`. */
async function claimAndSend(
  sending: Sending,
  { id, version, lane, tries: before }: Delivery,
  options: DeliverOptions,
): Promise<{ readonly goOn: boolean; readonly arrived?: boolean }> {
  const { journal } = sending;
  const { retriesMs = RETRIES_MS, timeoutMs = TIMEOUT_MS } = options;
  const tries = before + 1;
  const claim = { status: "pending", tries, dueAt: new Date(Date.now() + CLAIM_TRIES * timeoutMs) } as const;
  const claimed = await journal.changeDelivery(id, version, claim);
  if (claimed === null) return { goOn: false }; // Another worker has claimed it.
  const { arrived, final = false, stopped, answer, busyMs = 0 } = await attempt(sending, claimed, options);
  if (stopped) {
    // The next worker sends it at once. Its receiver is not to blame, so the try does not count.
    await journal.changeDelivery(id, claimed.version, {
      status: "pending",
      tries: before,
      dueAt: new Date(),
    });
    return { goOn: false };
  }
  const rest = retriesMs[before];
  const over = arrived || final || rest === undefined;
  const dueAt = new Date(Date.now() + (over ? 0 : Math.max(rest, busyMs)));
  const status = arrived ? "delivered" : over ? "failed" : "pending";
  const changed = await journal.changeDelivery(id, claimed.version, { status, tries, dueAt, answer });
  // Somebody has requested it once more in the meantime. It is due now, and our outcome does not postpone it.
  if (changed === null) return { goOn: true, arrived };
  // The lane's other deliveries wait until this one is due again. If it is finished, they are due now.
  if (!over || tries > 1) await journal.postponeLane(lane, dueAt);
  return { goOn: over, arrived };
}

/**
 * Sends the first pending delivery of a lane, if it is due.
 *
 * @returns whether the lane may have another delivery to send now
 */
async function sendNext(
  sending: Sending,
  lane: string,
  options: DeliverOptions & { readonly receivers: Receivers },
): Promise<boolean> {
  const { journal } = sending;
  const next = await journal.nextDelivery(lane);
  if (next === null) return false;
  if (next.tries > 0 && next.dueAt > new Date()) {
    await journal.postponeLane(lane, next.dueAt);
    return false;
  }
  const leave = await options.receivers.enter(next.webhookId);
  if (leave === null) return false; // The lane stays due, and is found again.
  let arrived: boolean | undefined;
  try {
    const sent = await claimAndSend(sending, next, options);
    arrived = sent.arrived;
    return sent.goOn;
  } finally {
    leave(arrived);
  }
}

/** Sends until the lane is empty, or until its first delivery waits for a retry. */
export async function deliverLane(sending: Sending, lane: string, options: DeliverOptions): Promise<void> {
  const delivering = { receivers: createReceivers(sending.journal), ...options };
  while (!options.signal?.aborted) {
    if (!(await sendNext(sending, lane, delivering))) return;
  }
}
