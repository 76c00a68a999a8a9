/** Sends an operation's events as server-sent events until the operation has ended. Each event's number is its id. */

import { Readable } from "node:stream";
import type { StoredEvent } from "../engine/ports.ts";
import { isUnderWay } from "../engine/ports.ts";
import type { CTOContext } from "../runtime/context.ts";
import { followToEnd } from "../services/progress.ts";
import { toEvent } from "./present.ts";

/** The interval of keep-alive comments, ms. Without them, a proxy could close a quiet stream. */
const BEAT_MS = 15_000;
/**
 * We close the stream of a reader that reads nothing for this many intervals. The reader can resume with
 * Last-Event-ID.
 */
const MAX_MISSED_BEATS = 4;
/** The pause before a client reconnects, ms. */
const RETRY_MS = 1_000;

const lineOf = (operationId: string, event: StoredEvent): string =>
  `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(toEvent(operationId, event))}\n\n`;

/** @param after the number of the last event that the reader has */
export function openEventStream(
  context: Pick<CTOContext, "journal" | "feeds">,
  operationId: string,
  after: number,
): Readable {
  let ready = true;
  let missed = 0;
  const stream = new Readable({
    read() {
      ready = true;
      following.resume();
    },
    destroy(error, done) {
      clearInterval(beat);
      following.stop();
      done(error);
    },
  });
  const push = (text: string): void => {
    ready = stream.push(text);
  };
  // We read nothing from the journal while the reader does not accept data.
  const following = followToEnd(context, operationId, after, {
    isReady: () => ready,
    onEvents: (events) => push(events.map((event) => lineOf(operationId, event)).join("")),
    async isEnded() {
      const operation = await context.journal.readOperation(operationId);
      return operation === null || !isUnderWay(operation);
    },
    onEnd: () => stream.push(null),
  });
  const beat = setInterval(() => {
    missed = ready ? 0 : missed + 1;
    if (ready) push(": still here\n\n");
    else if (missed >= MAX_MISSED_BEATS) stream.destroy();
  }, BEAT_MS);
  push(`retry: ${RETRY_MS}\n\n`);
  return stream;
}
