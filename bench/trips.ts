/** Counts the journal's round trips to PostgreSQL: each statement that a connection sends and waits for is one. */
import type { PoolClient } from "pg";
import type { PostgresJournal } from "../src/journal/postgres/index.ts";

export type Trips = {
  /** Since the last time, by the beginning of their text. */
  take(): ReadonlyMap<string, number>;
};

const nameOf = (query: unknown): string => {
  const text = typeof query === "string" ? query : String((query as { text?: string }).text);
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 120);
};

/** Call it before the journal has opened a connection, or those are not counted. */
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
