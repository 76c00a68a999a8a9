/**
 * Protects against a driver that waits forever. In mongodb 7.9.0, a command that is written to a destroyed
 * socket before the socket reports it waits for the socket to drain, without a timeout. This happens if the
 * server dies at the moment of the write. If the command was the monitor's heartbeat, the client never finds
 * a server again. If it was one of our commands, its caller never gets an answer.
 */
import type { MongoClient, ServerHeartbeatStartedEvent } from "mongodb";
import { CTOError } from "../../errors/index.ts";

export type HeartbeatLimits = {
  /** The longest time that a normal heartbeat takes, ms. */
  readonly answerMs: number;
  /** How much longer the server may delay the answer if the driver requested that, ms. */
  readonly heldMs: number;
  /** The interval of the check, ms. */
  readonly everyMs: number;
};

/** Call `stop` first, then close the client: the watchdog may be opening it at that moment. */
export type Watchdog = { stop(): Promise<void> };

type Watched = Pick<MongoClient, "on" | "off" | "close" | "connect">;

/** Reopens the client if a heartbeat of its monitor has not ended in time. */
export const watchMonitor = (client: Watched, { answerMs, heldMs, everyMs }: HeartbeatLimits): Watchdog => {
  const dueBy = new Map<string, number>();
  const onStarted = ({ connectionId, awaited }: ServerHeartbeatStartedEvent): void => {
    dueBy.set(connectionId, performance.now() + answerMs + (awaited ? heldMs : 0));
  };
  const onEnded = ({ connectionId }: { connectionId: string }): void => {
    dueBy.delete(connectionId);
  };
  const onClosed = ({ address }: { address: string }): void => {
    dueBy.delete(address);
  };
  let isBroken = false;
  let reopening: Promise<void> | null = null;
  const reopen = async (): Promise<void> => {
    try {
      await client.close();
      await client.connect();
      isBroken = false;
    } catch {
      // The server is unreachable. The next check retries. Until then, callers get
      // `CTO_E_JOURNAL_UNAVAILABLE`.
    }
    reopening = null;
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if ([...dueBy.values()].some((due) => due < now)) isBroken = true;
    if (!isBroken || reopening !== null) return;
    dueBy.clear();
    reopening = reopen();
  }, everyMs).unref();
  client.on("serverHeartbeatStarted", onStarted);
  client.on("serverHeartbeatSucceeded", onEnded);
  client.on("serverHeartbeatFailed", onEnded);
  client.on("serverClosed", onClosed);
  return {
    async stop() {
      clearInterval(timer);
      client.off("serverHeartbeatStarted", onStarted);
      client.off("serverHeartbeatSucceeded", onEnded);
      client.off("serverHeartbeatFailed", onEnded);
      client.off("serverClosed", onClosed);
      await reopening;
    },
  };
};

/**
 * Resolves with the result of the work if it comes in time.
 * @throws `CTO_E_JOURNAL_UNAVAILABLE` if it does not. A write may then have happened, or may still happen
 */
export const within = async <Answer>(ms: number, work: Promise<Answer>): Promise<Answer> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: `no answer within ${ms} ms` }));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
