/**
 * Marks a piece of work whose requests of one moment may share a round trip. Only the journal on PostgreSQL makes use of
 * it: `journal/postgres/moments.ts`.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** The requests of one piece of work that wait for its next round trip. */
export type Together<Ask = unknown> = {
  /** Adds a request. `send` gets all requests of this moment, in their order. */
  add(ask: Ask, send: (asks: readonly Ask[]) => void): void;
};

const current = new AsyncLocalStorage<Together>();

/** Returns the piece of work that we are in, if it was marked. */
export const together = (): Together | undefined => current.getStore();

function createTogether(): Together {
  let waiting: unknown[] = [];
  return {
    add(ask, send) {
      waiting.push(ask);
      if (waiting.length > 1) return;
      // As long as a wave waits (`engine/operation/waves.ts`), so that waves of this moment add to it.
      setTimeout(() =>
        setImmediate(() => {
          const asks = waiting;
          waiting = [];
          send(asks);
        }),
      );
    },
  };
}

/** Runs the work. What it asks the journal for at the same moment may share a round trip. */
export const inOneTrip = <Value>(work: () => Promise<Value>): Promise<Value> =>
  current.run(createTogether(), work);
