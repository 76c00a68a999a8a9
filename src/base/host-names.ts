/**
 * Resolves the host names of strangers' URLs. A stranger's name server may answer slowly, so no lookup may keep the
 * others waiting for longer than necessary.
 */
import { Resolver, lookup as systemLookup } from "node:dns/promises";
import PQueue from "p-queue";

export type Resolved = { readonly address: string; readonly family: number };
/** The signal aborts when nobody waits for the result any more. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly Resolved[]>;

/** The first try's time-out for each name server, ms; the second try's is twice as long. */
const DNS = { timeout: 2_000, tries: 2 } as const;

/**
 * Sends the questions to the name servers itself, so that a slow one occupies no thread and delays no other name. It
 * reads neither `/etc/hosts` nor the search domains of `/etc/resolv.conf`: public names need neither.
 *
 * @param servers default: those of `/etc/resolv.conf`
 */
export function throughDns(servers?: readonly string[]): Resolve {
  return async (host, signal) => {
    signal.throwIfAborted();
    const resolver = new Resolver(DNS);
    if (servers) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const found = [
        ...(four.status === "fulfilled" ? four.value : []).map((address) => ({ address, family: 4 })),
        ...(six.status === "fulfilled" ? six.value : []).map((address) => ({ address, family: 6 })),
      ];
      if (found.length === 0 && four.status === "rejected") throw four.reason;
      return found;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}

/**
 * The most names that the system resolves at once. It has four threads for the whole process, and a slow name server
 * may keep one busy for a long time. The other lookups of the process need some, too.
 */
const THREADS_AT_MOST = 2;

/** A lookup that several callers share. */
type Shared = { waiting: number; hasBegun: boolean; found?: Promise<readonly Resolved[]> };

/**
 * Lets the system resolve, with `/etc/hosts` and the search domains, as names of the own network need it. Callers of the
 * same name share one lookup, and one that nobody waits for any more does not begin.
 */
export function throughSystem(
  lookup: (host: string) => Promise<readonly Resolved[]> = (host) => systemLookup(host, { all: true }),
): Resolve {
  const threads = new PQueue({ concurrency: THREADS_AT_MOST });
  const underWay = new Map<string, Shared>();
  const forget = (host: string, shared: Shared): void => {
    if (underWay.get(host) === shared) underWay.delete(host);
  };
  const begin = (host: string): Shared => {
    const shared: Shared = { waiting: 0, hasBegun: false };
    underWay.set(host, shared);
    // The queue gets no signal: it would begin the next lookup while the aborted one still occupies its thread.
    const work = async () => {
      shared.hasBegun = shared.waiting > 0;
      return shared.hasBegun ? lookup(host) : [];
    };
    shared.found = Promise.resolve()
      .then(() => threads.add(work))
      .finally(() => forget(host, shared));
    shared.found.catch(() => undefined);
    return shared;
  };
  return async (host, signal) => {
    signal.throwIfAborted();
    const shared = underWay.get(host) ?? begin(host);
    shared.waiting += 1;
    const leave = (): void => {
      shared.waiting -= 1;
      // The next caller must not wait for a lookup that never begins.
      if (shared.waiting === 0 && !shared.hasBegun) forget(host, shared);
    };
    signal.addEventListener("abort", leave, { once: true });
    try {
      return (await shared.found) ?? [];
    } finally {
      signal.removeEventListener("abort", leave);
    }
  };
}
