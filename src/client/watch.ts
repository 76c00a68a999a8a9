/** An operation's events as they come, over server-sent events: each once and in order, whatever breaks off in between. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { EventView } from "../server/schemas/operations.ts";
import { CTOClientError, type Send } from "./http.ts";

export type WatchOptions = {
  /** Begin after this event's number. Default 0: from the first one on. */
  readonly after?: number;
  /** Ends the watch with its reason. */
  readonly signal?: AbortSignal;
};

/** The pauses between tries, ms: the first, and the longest of those that double. */
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Another try of the same request would meet the same answer. */
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

/** The messages of one answer, until it ends or breaks off. */
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
 * Yields the events after `after` until the operation has ended. A connection that breaks off is made anew, with the
 * number of the last event: nothing is lost and nothing comes twice.
 *
 * @throws {@link CTOClientError} when the server refuses; the signal's reason when it aborts
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
      if (answer.status === 204 || answer.body === null) return; // Over, and all was told.
      for await (const { data } of messagesOf(answer.body)) {
        const event = JSON.parse(data) as EventView;
        if (event.seq <= seen) continue;
        seen = event.seq;
        pauseMs = PAUSE_MS;
        yield event;
      }
      // Ended by the server: asked again, it says 204 when that was all.
      if (seen > before) continue;
    } catch (error) {
      if (signal?.aborted || isFinal(error)) throw error;
      waitMs = error instanceof CTOClientError ? error.retryAfterMs : null;
    }
    await pause(waitMs ?? pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
