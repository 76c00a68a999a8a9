/** Chooses the events of an operation that a webhook receives, and builds their messages. */
import { createHash } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import type { NewDelivery, StoredEvent, UnqueuedEvent, Webhook, WebhookEvent } from "../../engine/ports.ts";

/** `once`: the values that identify the message, even if several events lead to it. */
type Message = { readonly type: WebhookEvent; readonly once: readonly unknown[]; readonly data: object };

const incident = ({ seq, ...event }: StoredEvent & { type: "incident" }): Message => {
  const { leg: index, address, signature, failure } = event;
  const [received, least, slot] = [event.received, event.least, event.slot].map(String);
  const data = { leg: index, address, signature, slot, received, least, failure };
  return { type: "operation.incident", once: [seq], data };
};

const result = (event: StoredEvent & { type: "result" }): Message => {
  const { status, failure, seq } = event;
  const type = status === "needs_review" ? "operation.needs_review" : "operation.completed";
  return { type, once: [seq], data: { status, ...(failure ? { failure } : {}) } };
};

function leg(event: StoredEvent & { type: "leg" }): Message | null {
  const { leg: index, address, lamports, signature, slot, failure, seq } = event;
  const data = {
    leg: index,
    address,
    lamports: lamports.toString(),
    ...(signature === undefined ? {} : { signature }),
    ...(slot === undefined ? {} : { slot: slot.toString() }),
    ...(failure === undefined ? {} : { failure }),
  };
  switch (event.status) {
    case "confirmed":
    case "finalized":
      // A landing is first confirmed and later final. Both events lead to one message. After a fork has undone the
      // landing, a new landing leads to another message.
      return { type: "leg.landed", once: [index, signature], data };
    case "failed":
      return { type: "leg.failed", once: [index, seq], data };
    default:
      return null;
  }
}

function messageOf(event: StoredEvent): Message | null {
  switch (event.type) {
    case "phase":
      return event.phase === "started" ? { type: "operation.started", once: [], data: {} } : null;
    case "leg":
      return leg(event);
    case "incident":
      return incident(event);
    case "result":
      return result(event);
    default:
      return null;
  }
}

/** Returns the id of a delivery: the same parts lead to the same id. */
export const idOf = (parts: readonly unknown[]): string =>
  `msg_${getBase58Decoder().decode(createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 20))}`;

/**
 * Returns the delivery of an event to a webhook; null if there is none. The same event leads to the same id, so that
 * a second write changes nothing.
 */
export function deliveryOf(
  { operationId, userId, event }: UnqueuedEvent,
  { id: webhookId, events, createdAt }: Webhook,
): NewDelivery | null {
  if (event.at < createdAt) return null;
  const message = messageOf(event);
  if (message === null || !events.includes(message.type)) return null;
  const { type, once, data } = message;
  return {
    id: idOf([webhookId, operationId, type, ...once]),
    webhookId,
    lane: `${webhookId}-${operationId}`,
    position: event.seq,
    type,
    payload: JSON.stringify({
      type,
      timestamp: event.at.toISOString(),
      data: { operationId, userId, seq: event.seq, ...data },
    }),
  };
}
