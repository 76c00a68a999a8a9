/**
 * What waits to be sent to one client, kept small. While too much waits, nothing more is read for it; a client that takes
 * nothing for a while is disconnected, and resumes from its last number when it is back.
 */
import type { Socket } from "socket.io";
import { afterAwake } from "../../base/awake.ts";

export type OutboxBounds = {
  /** So many messages may wait before no more are read for the client. Default 256. */
  readonly maxWaiting?: number;
  /** How long a client may take nothing while that many wait, ms. Default 10,000. */
  readonly stallMs?: number;
};

export type Outbox = { isReady(): boolean; close(): void };

/**
 * @param onReady called when the client takes messages again
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
    // Discarding: an orderly end would wait for what the client does not take.
    if (waiting >= maxWaiting) stalled ??= afterAwake(stallMs, () => conn.close(true));
  };
  const flushed = (packets: { length: number }): void => {
    waiting -= packets.length;
    settle();
    onReady();
  };
  conn.on("packetCreate", count);
  conn.on("flush", flushed);
  return {
    isReady: () => waiting < maxWaiting,
    close() {
      settle();
      conn.off("packetCreate", count);
      conn.off("flush", flushed);
    },
  };
}
