/**
 * Counts the journal's round trips to PostgreSQL. Each statement that a connection sends and waits for is one round
 * trip.
 */
import type { PoolClient } from "pg";
import type { PostgresJournal } from "../src/journal/postgres/index.ts";

export type Trips = {
  /** Returns the round trips since the last call, by the start of the statement's text. */
  take(): ReadonlyMap<string, number>;
};

const nameOf = (query: unknown): string => {
  const text = typeof query === "string" ? query : String((query as { text?: string }).text);
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 120);
};

/**
 * Starts to count. A connection counts from its next acquisition from the pool, so call this before the journal is
 * busy.
 */
export function countTrips({ pool }: PostgresJournal): Trips {
  let counted = new Map<string, number>();
  const seen = new WeakSet<PoolClient>();
  pool.on("acquire", (client: PoolClient) => {
    if (seen.has(client)) return;
    seen.add(client);
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    Object.assign(client, {
      query(...given: unknown[]) {
        const name = nameOf(given[0]);
        counted.set(name, (counted.get(name) ?? 0) + 1);
        return query(...given);
      },
    });
  });
  return {
    take() {
      const since = counted;
      counted = new Map();
      return since;
    },
  };
}

export const total = (trips: ReadonlyMap<string, number>): number =>
  [...trips.values()].reduce((all, count) => all + count, 0);
