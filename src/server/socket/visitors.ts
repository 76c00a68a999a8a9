/**
 * Limits what visitors without a key may hold of this process: open connections and messages for each address or IPv6
 * network, and connections of all visitors together.
 */
import { networkOf } from "../../base/address-list.ts";
import { CTOError } from "../../errors/index.ts";

/** The most connections of one address, or of one IPv6 network. A household or an office shares one. */
const MAX_PER_ADDRESS = 20;
/** The most connections of all visitors to one server process. */
const MAX_IN_ALL = 2_000;
/** The most messages of one address within the window. */
const MAX_MESSAGES = 60;
const WINDOW_MS = 10_000;

type Visitor = { connections: number; messages: number; since: number };

export type Visitors = {
  /** Counts a connection. @returns a function to call when it has ended @throws `CTO_E_TOO_MANY_CONNECTIONS` */
  admit(address: string): () => void;
  /** Counts a message. @throws `CTO_E_RATE_LIMITED` */
  countMessage(address: string): void;
};

export function openVisitors(now: () => number = Date.now): Visitors {
  const visitors = new Map<string, Visitor>();
  let all = 0;
  /** An address is forgotten when it holds nothing and its window is over, so a reconnection opens no new window. */
  const forgetGone = (): void => {
    for (const [address, { connections, since }] of visitors)
      if (connections === 0 && now() - since >= WINDOW_MS) visitors.delete(address);
  };
  const visitorOf = (address: string): Visitor => {
    const network = networkOf(address);
    const known = visitors.get(network) ?? { connections: 0, messages: 0, since: now() };
    visitors.set(network, known);
    return known;
  };
  return {
    admit(address) {
      forgetGone();
      const visitor = visitorOf(address);
      if (visitor.connections >= MAX_PER_ADDRESS)
        throw new CTOError("CTO_E_TOO_MANY_CONNECTIONS", { who: "your network", limit: MAX_PER_ADDRESS });
      if (all >= MAX_IN_ALL)
        throw new CTOError("CTO_E_TOO_MANY_CONNECTIONS", { who: "all visitors together", limit: MAX_IN_ALL });
      visitor.connections += 1;
      all += 1;
      return () => {
        visitor.connections -= 1;
        all -= 1;
      };
    },
    countMessage(address) {
      const visitor = visitorOf(address);
      if (now() - visitor.since >= WINDOW_MS) Object.assign(visitor, { messages: 0, since: now() });
      visitor.messages += 1;
      if (visitor.messages <= MAX_MESSAGES) return;
      const seconds = Math.ceil((visitor.since + WINDOW_MS - now()) / 1_000);
      throw new CTOError("CTO_E_RATE_LIMITED", { seconds });
    },
  };
}
