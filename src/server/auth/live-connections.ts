/**
 * Manages connections that stay open: event streams and Socket.IO clients. The number of connections per key is
 * limited. A connection ends soon after its key is revoked or its session ends.
 */
import type { Logger } from "pino";
import { every, type Task } from "../../base/every.ts";
import { CTOError, isCTOError } from "../../errors/index.ts";
import type { CTOContext } from "../../runtime/context.ts";
import { type Credentials, requireValid } from "./authenticate.ts";

/** The interval at which we check the keys of open connections, ms. */
const CHECK_MS = 1_000;
/** The most connections of one key to one server process. A dashboard uses one or two per tab. */
const MAX_PER_KEY = 100;
/** The most messages that one key's Socket.IO clients may send within the window. */
const MAX_MESSAGES = 200;
const WINDOW_MS = 10_000;

export type Guest = {
  readonly keyId: string;
  /** The session's token, if the dashboard's cookie opened the connection. */
  readonly session?: Credentials["session"];
  /** Ends the connection. */
  close(): void;
};

export type LiveConnections = {
  /**
   * Registers a connection.
   *
   * @returns a function to call when the connection has ended
   * @throws `CTO_E_TOO_MANY_CONNECTIONS`
   */
  admit(guest: Guest): () => void;
  /**
   * Counts a message of a key's client.
   *
   * @param messages how many it counts for
   * @throws `CTO_E_RATE_LIMITED`
   */
  countMessage(keyId: string, messages?: number): void;
  close(): Promise<void>;
};

export function openLiveConnections(context: Pick<CTOContext, "journal">, log: Logger): LiveConnections {
  const guests = new Set<Guest>();
  const windows = new Map<string, { since: number; messages: number }>();
  let checking: Task | undefined;

  /** Checks all connections of one key and session together. An outage of the journal ends no connection. */
  async function check(): Promise<void> {
    const isSame = (one: Guest, other: Guest): boolean =>
      one.keyId === other.keyId && one.session === other.session;
    const unchecked = new Set(guests);
    for (const first of unchecked) {
      const group = [...unchecked].filter((guest) => isSame(guest, first));
      for (const guest of group) unchecked.delete(guest);
      try {
        await requireValid(context, first);
      } catch (error) {
        if (!isCTOError(error, "CTO_E_UNAUTHENTICATED")) throw error;
        for (const guest of group) guest.close();
      }
    }
  }

  return {
    admit(guest) {
      const held = [...guests].filter(({ keyId }) => keyId === guest.keyId).length;
      if (held >= MAX_PER_KEY)
        throw new CTOError("CTO_E_TOO_MANY_CONNECTIONS", { who: "this API key", limit: MAX_PER_KEY });
      guests.add(guest);
      checking ??= every(CHECK_MS, log, "keys of open connections", check);
      return () => guests.delete(guest);
    },
    countMessage(keyId, messages = 1) {
      const now = Date.now();
      const known = windows.get(keyId);
      const window =
        known !== undefined && now - known.since < WINDOW_MS ? known : { since: now, messages: 0 };
      window.messages += messages;
      windows.set(keyId, window);
      if (window.messages > MAX_MESSAGES) {
        const seconds = Math.ceil((window.since + WINDOW_MS - now) / 1_000);
        throw new CTOError("CTO_E_RATE_LIMITED", { seconds });
      }
    },
    async close() {
      await checking?.stop();
    },
  };
}
