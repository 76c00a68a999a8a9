/** The rows that `npm run conformance` prints: one per venue and mode. */

/** What a transaction may be, in bytes. */
export const TRANSACTION_LIMIT = 1_232;

export type Row = {
  readonly venue: string;
  readonly mint: "token" | "token-2022";
  readonly mode: "prefunded" | "standard";
  /** `two-step`: the buyers are funded ahead, in transactions of their own. */
  readonly how: "executed" | "built only" | "built only, two-step";
  /** Legs; none where nothing was executed. */
  readonly landed: string;
  /** Compute units of the dearest transaction; 0 where nothing was executed. */
  readonly units: number;
  /** Of the largest transaction. */
  readonly bytes: number;
  /** Token base units between what was received and what was quoted; where nothing was executed, wrong vectors of all. */
  readonly quoteError: string;
};

export const printRows = (rows: readonly Row[]): void =>
  console.table(
    rows.map(({ venue, mint, mode, how, landed, units, bytes, quoteError }) => ({
      venue,
      mint,
      mode,
      how,
      landed,
      units: units === 0 ? "" : units,
      bytes,
      "quote error": quoteError,
    })),
  );
