/**
 * Sends the statements of one moment in one round trip. A worker's turn asks for several things at once; each of them
 * would wait for a connection and an answer of its own.
 *
 * The statements go over one connection, one after the other, without waiting for an answer between them (pg's pipeline
 * mode). Each remains a transaction of its own: it sees what was committed before it, it is durable when it is answered
 * (R1), and its failure does not affect the others. It is therefore the same as before, with less waiting.
 */
import type { Pool, PoolClient, QueryResult } from "pg";
import { together } from "../../base/together.ts";
import { giveBack, takeClient } from "./on-client.ts";

type Ask = {
  readonly pool: Pool;
  readonly text: string;
  readonly values: unknown[];
  readonly resolve: (result: QueryResult) => void;
  readonly reject: (error: unknown) => void;
};

/** Sends one moment's statements on one connection. */
async function sendOn(pool: Pool, asks: readonly Ask[]): Promise<void> {
  let client: PoolClient;
  try {
    client = await takeClient(pool);
  } catch (error) {
    for (const { reject } of asks) reject(error);
    return;
  }
  const answers = await Promise.allSettled(asks.map(({ text, values }) => client.query(text, values)));
  // As `pool.query` does: after a failure the connection is closed.
  giveBack(
    client,
    answers.some(({ status }) => status === "rejected"),
  );
  for (const [at, { resolve, reject }] of asks.entries()) {
    const answer = answers[at];
    if (answer?.status === "fulfilled") resolve(answer.value);
    else reject(answer?.reason);
  }
}

/** All pools of one moment: a process may have more than one journal. */
function send(given: readonly unknown[]): void {
  const asks = given as readonly Ask[];
  for (const pool of new Set(asks.map((ask) => ask.pool)))
    void sendOn(
      pool,
      asks.filter((ask) => ask.pool === pool),
    );
}

/** Runs one statement. In a piece of work that was marked, it shares the round trip of its moment. */
export function query(pool: Pool, text: string, values: readonly unknown[]): Promise<QueryResult> {
  const work = together();
  if (work === undefined || !isPipelined(pool)) return pool.query(text, [...values]);
  return new Promise((resolve, reject) => {
    work.add({ pool, text, values: [...values], resolve, reject } satisfies Ask, send);
  });
}

/** A caller's own pool may not be in pipeline mode. Then each statement is a trip of its own. */
const isPipelined = (pool: Pool): boolean => pool.options.pipeline === true;
