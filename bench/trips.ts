/**
 * Counts the journal's round trips to PostgreSQL. A statement that a connection sends and waits for is one round trip;
 * statements that it sends together, without waiting between them, share one.
 */
import type { PoolClient } from "pg";
import type { PostgresJournal } from "../src/journal/postgres/index.ts";

export type Count = { readonly statements: number; readonly trips: number };

/** Counts by the start of the statement's text. */
export type Counts = ReadonlyMap<string, Count>;

export type Trips = {
  /** Returns the counts since the last call. */
  take(): Counts;
};

const NONE: Count = { statements: 0, trips: 0 };

const nameOf = (query: unknown): string => {
  const text = typeof query === "string" ? query : String((query as { text?: string }).text);
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 120);
};

/**
 * Starts to count. A connection counts from its next acquisition from the pool, so call this before the journal is
 * busy.
 */
export function countTrips({ pool }: PostgresJournal): Trips {
  let counted = new Map<string, Count>();
  const seen = new WeakSet<PoolClient>();
  pool.on("acquire", (client: PoolClient) => {
    if (seen.has(client)) return;
    seen.add(client);
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown> | undefined;
    let sentTogether = 0;
    Object.assign(client, {
      query(...given: unknown[]) {
        const name = nameOf(given[0]);
        const { statements, trips } = counted.get(name) ?? NONE;
        counted.set(name, { statements: statements + 1, trips: trips + (sentTogether === 0 ? 1 : 0) });
        sentTogether += 1;
        // What is sent together is sent before any other code runs.
        queueMicrotask(() => {
          sentTogether = 0;
        });
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

const sum = (counts: Counts, of: (count: Count) => number): number =>
  [...counts.values()].reduce((all, count) => all + of(count), 0);

export const tripsOf = (counts: Counts): number => sum(counts, ({ trips }) => trips);
export const statementsOf = (counts: Counts): number => sum(counts, ({ statements }) => statements);
