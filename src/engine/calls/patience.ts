/**
 * Decides when a proof that has failed is tried again. A proof may read hundreds of transactions, and a member can write as many with its
 * memo, so that each proof of its attempt fails: every beat would read them all again. The pause doubles with each failure.
 */

/** The first pause, and the longest, ms. */
const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;

type Tried = { readonly at: number; readonly pauseMs: number };

export type Patience = {
  /** @param attempt names the attempt whose fate is to be proved */
  isDue(attempt: string, now: Date): boolean;
  failed(attempt: string, now: Date): void;
};

/** One for each call that is driven. A new driver tries everything once. */
export function createPatience(): Patience {
  const tried = new Map<string, Tried>();
  return {
    isDue(attempt, now) {
      const last = tried.get(attempt);
      return last === undefined || now.getTime() - last.at >= last.pauseMs;
    },
    failed(attempt, now) {
      const pauseMs = Math.min((tried.get(attempt)?.pauseMs ?? FIRST_MS / 2) * 2, LONGEST_MS);
      tried.set(attempt, { at: now.getTime(), pauseMs });
    },
  };
}
