/**
 * Limits the messages that wait for one client. While too many wait, we read nothing more for the client. A client that
 * accepts nothing for some time is disconnected. It can reconnect and resume from its last number.
 */
import type { Socket } from "socket.io";
import { afterAwake } from "../../base/awake.ts";

export type OutboxBounds = {
  /** The number of waiting messages at which we stop reading for the client. Default 256. */
  readonly maxWaiting?: number;
  /** How long a client may accept nothing while that many messages wait, ms. Default 10,000. */
  readonly stallMs?: number;
};

export type Outbox = { isReady(): boolean; close(): void };

/**
 * Counts the messages that wait for a client.
 *
 * @param onReady called when a client that was not ready accepts messages again
 */
export function openOutbox(
  { conn }: Pick<Socket, "conn">,
  { maxWaiting = 256, stallMs = 10_000 }: OutboxBounds,
  onReady: () => void,
): Outbox {
  let waiting = 0;
  let stalled: (() => void) | undefined;
  const settle = (): void => {
    stalled?.();
    stalled = undefined;
  };
  const count = (): void => {
    waiting += 1;
    // We discard the waiting messages: an orderly close would wait until the client accepts them.
    if (waiting >= maxWaiting) stalled ??= afterAwake(stallMs, () => conn.close(true));
  };
  const isReady = (): boolean => waiting < maxWaiting;
  const flushed = (packets: { length: number }): void => {
    const wasReady = isReady();
    waiting -= packets.length;
    settle();
    // A client that was ready missed nothing. Waking all its feeds after each message would cost a read of the journal for each.
    if (!wasReady && isReady()) onReady();
  };
  conn.on("packetCreate", count);
  conn.on("flush", flushed);
  return {
    isReady,
    close() {
      settle();
      conn.off("packetCreate", count);
      conn.off("flush", flushed);
    },
  };
}
