/**
 * Yields an operation's events as they occur, over server-sent events: each once and in order, also after
 * interruptions.
 */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { EventView } from "../server/schemas/operations.ts";
import { CTOClientError, requireEvents, type Send } from "./http.ts";

export type WatchOptions = {
  /** Start after the event with this number. Default 0: start with the first event. */
  readonly after?: number;
  /** Ends the watch: it throws the signal's reason. */
  readonly signal?: AbortSignal;
};

/** The pauses between tries, ms: the first one, and the maximum. Each pause is twice the previous one. */
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Returns whether another try of the same request would get the same answer. */
const isFinal = (error: unknown): boolean =>
  error instanceof CTOClientError && error.status < 500 && error.status !== 429 && error.status !== 408;

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });

/** Yields the messages of one response, until it ends or the connection breaks. */
async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => arrived.push(message) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* arrived.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * Yields the events after `after` until the operation has ended. After an interruption, it reconnects with the number
 * of the last event, so that no event is lost or repeated.
 *
 * @throws {@link CTOClientError} if the server refuses the request; the signal's reason if it aborts
 */
export async function* watch(
  send: Send,
  operationId: string,
  { after = 0, signal }: WatchOptions = {},
): AsyncGenerator<EventView, void, undefined> {
  const path = `/v1/operations/${encodeURIComponent(operationId)}/events`;
  let seen = after;
  let pauseMs = PAUSE_MS;
  for (;;) {
    signal?.throwIfAborted();
    const before = seen;
    let waitMs: number | null = null;
    try {
      const headers = { accept: "text/event-stream", "last-event-id": String(seen) };
      const answer = await send("GET", path, { headers, signal });
      if (answer.status === 204 || answer.body === null) return; // The operation has ended, and all its events have been received.
      requireEvents(answer);
      for await (const { data } of messagesOf(answer.body)) {
        const event = JSON.parse(data) as EventView;
        if (event.seq <= seen) continue;
        seen = event.seq;
        pauseMs = PAUSE_MS;
        yield event;
      }
      // The server ended the stream. If there are no more events, the next request gets 204.
      if (seen > before) continue;
    } catch (error) {
      if (signal?.aborted || isFinal(error)) throw error;
      waitMs = error instanceof CTOClientError ? error.retryAfterMs : null;
    }
    await pause(waitMs ?? pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
