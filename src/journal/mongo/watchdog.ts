/**
 * Guards against a driver that waits for ever. In mongodb 7.9.0 a command that is written to a socket which is destroyed,
 * but has not told so yet, waits for the socket to drain, and nothing ends that wait. It takes a server that dies at the
 * moment of the write. Where the command was the monitor's heartbeat, the client never finds a server again; where it was
 * one of ours, its caller never hears.
 */
import type { MongoClient, ServerHeartbeatStartedEvent } from "mongodb";
import { CTOError } from "../../errors/index.ts";

export type HeartbeatLimits = {
  /** The longest that an honest heartbeat takes, ms. */
  readonly answerMs: number;
  /** How much longer the server may hold it back, where the driver asked it to, ms. */
  readonly heldMs: number;
  /** How often this looks, ms. */
  readonly everyMs: number;
};

/** `stop` first, then close the client: it may just be opening it. */
export type Watchdog = { stop(): Promise<void> };

type Watched = Pick<MongoClient, "on" | "off" | "close" | "connect">;

/** Opens the client anew when a heartbeat of its monitor has had no end for too long. */
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
      // The server is away: tried again at the next look. Until then callers hear that the journal is away.
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
 * What the work answers, if it does in time.
 * @throws `CTO_E_JOURNAL_UNAVAILABLE` when it does not: a write may then have happened, or happen yet
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
