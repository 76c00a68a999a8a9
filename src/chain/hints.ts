/**
 * Subscribes to signatures over WebSocket. A notification makes the confirmer's next poll earlier.
 *
 * A hint is never evidence. A WebSocket that is broken, silent or wrong can only make confirmations slower or polls more
 * frequent. We read its messages ourselves: kit's client parses a message of any size, and throws out of its event listener
 * at one that is no JSON, which ends the process.
 */
import type { Signature } from "@solana/kit";
import { stringifyJsonWithBigInts } from "@solana/rpc-spec-types";
import { WebSocket } from "ws";
import { z } from "zod";
import { parseBounded } from "../base/bounded-json.ts";
import { splitCredentials } from "../base/bounded-rpc.ts";
import type { Settled } from "../engine/ports.ts";

export type HintOptions = {
  /** `ws://` or `wss://`; without it there are no hints. */
  readonly url: string | undefined;
  readonly onHint: (signature: Signature) => void;
  /** Called when the WebSocket fails: no hints come for a while, so the caller must poll more often. */
  readonly onBroken: () => void;
};

export type Hints = {
  /** Whether hints can arrive now. */
  working(): boolean;
  /** Subscribes to one signature. Returns a function that ends the subscription. */
  listen(signature: Signature, commitment: Settled): () => void;
};

/** The pause after a fault before we use the WebSocket again, ms. */
const REST_MS = 10_000;
/** A notification has a few hundred bytes. A longer message ends the connection. */
const MOST_MESSAGE_BYTES = 16_384;
/** A notification has about ten. Many values are slow to parse, and messages can come one after the other. */
const MOST_MESSAGE_VALUES = 100;
/** The pause between two pings, ms. Proxies close a quiet connection. */
const PING_MS = 5_000;
/** After so many pings without any answer the connection is dead, although nothing has closed it. */
const MOST_UNANSWERED_PINGS = 2;
/** Subscriptions that ended before the node had answered them. */
const MOST_LATE = 1_000;
const CONNECT_MS = 10_000;

/** Some nodes return a number as text. */
const requestId = z.union([
  z.bigint(),
  z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt),
]);
/** Other messages are ignored. A notification names the subscription, and an answer the request. */
const heard = z.union([
  z.object({ method: z.string(), params: z.object({ subscription: z.bigint() }) }),
  z.object({ id: requestId, result: z.bigint() }),
  z.object({ id: requestId, error: z.unknown() }),
]);

type Subscription = {
  readonly signature: Signature;
  readonly commitment: Settled;
  /** The node's own number, once it has answered. */
  number?: bigint;
  isHeard?: true;
};

export function createHints({ url, onHint, onBroken }: HintOptions): Hints {
  /** By the number of the request. */
  const subscriptions = new Map<bigint, Subscription>();
  /** The requests of subscriptions that ended before the node's answer, which brings the number to unsubscribe. */
  const late = new Set<bigint>();
  let lastId = 0n;
  let socket: WebSocket | undefined;
  let ping: NodeJS.Timeout | undefined;
  let restingUntil = 0;
  const working = () => url !== undefined && performance.now() >= restingUntil;

  function close(): void {
    clearInterval(ping);
    subscriptions.clear();
    late.clear();
    socket
      ?.removeAllListeners()
      .on("error", () => undefined)
      .terminate();
    socket = undefined;
  }

  function rest(): void {
    const fresh = working();
    restingUntil = performance.now() + REST_MS;
    if (fresh) onBroken();
  }

  function fail(): void {
    close();
    rest();
  }

  const send = (id: bigint, method: string, params: readonly unknown[]): void => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(stringifyJsonWithBigInts({ jsonrpc: "2.0", id, method, params }));
  };
  const unsubscribe = (number: bigint): void => {
    lastId += 1n;
    send(lastId, "signatureUnsubscribe", [number]);
  };
  const subscribe = (id: bigint, { signature, commitment }: Subscription): void =>
    send(id, "signatureSubscribe", [signature, { commitment }]);

  function read(text: string): void {
    const { success, data } = heard.safeParse(parseBounded(text, MOST_MESSAGE_VALUES));
    if (!success) return;
    if ("params" in data) {
      for (const one of subscriptions.values()) {
        if (one.number !== data.params.subscription || one.isHeard) continue;
        one.isHeard = true;
        onHint(one.signature);
      }
      return;
    }
    if (late.delete(data.id) && "result" in data) unsubscribe(data.result);
    const subscription = subscriptions.get(data.id);
    if (subscription === undefined) return;
    if ("result" in data) subscription.number = data.result;
    else {
      subscriptions.delete(data.id);
      if (subscriptions.size === 0) close();
      rest();
    }
  }

  function connect(to: string): void {
    const { url: bare, headers } = splitCredentials(to);
    const opened = new WebSocket(bare, {
      headers,
      maxPayload: MOST_MESSAGE_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_MS,
    });
    socket = opened;
    let unanswered = 0;
    const keepAlive = (): void => {
      if (unanswered >= MOST_UNANSWERED_PINGS) fail();
      else opened.ping();
      unanswered += 1;
    };
    opened
      .on("open", () => {
        for (const [id, subscription] of subscriptions) subscribe(id, subscription);
        ping = setInterval(keepAlive, PING_MS);
      })
      .on("message", (message) => {
        unanswered = 0;
        try {
          read(String(message));
        } catch {
          fail(); // It is no JSON, or has too many values.
        }
      })
      .on("pong", () => {
        unanswered = 0;
      })
      .on("error", fail)
      .on("close", fail);
  }

  /** The subscription of this request has no listener any more. */
  function stop(id: bigint, { number, isHeard }: Subscription): void {
    if (!subscriptions.delete(id)) return;
    if (subscriptions.size === 0) close();
    else if (isHeard)
      return; // The node has ended it.
    else if (number !== undefined) unsubscribe(number);
    else if (socket?.readyState === WebSocket.OPEN) late.add(id);
    if (late.size > MOST_LATE) fail(); // The node answers nothing.
  }

  return {
    working,
    listen(signature, commitment) {
      if (url === undefined || !working()) return () => {};
      lastId += 1n;
      const id = lastId;
      const subscription: Subscription = { signature, commitment };
      subscriptions.set(id, subscription);
      try {
        if (socket === undefined) connect(url);
        else subscribe(id, subscription);
      } catch {
        fail();
      }
      return () => stop(id, subscription);
    },
  };
}
