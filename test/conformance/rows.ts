/** Formats the rows that `npm run conformance` prints: one per venue and mode. */

/** The size limit of a transaction, bytes. */
export const TRANSACTION_LIMIT = 1_232;

export type Row = {
  readonly venue: string;
  readonly mint: "token" | "token-2022";
  readonly mode: "prefunded" | "standard";
  /** `two-step`: the buyers are funded ahead, in separate transactions. */
  readonly how: "executed" | "built only" | "built only, two-step";
  /** The landed legs; empty if nothing was executed. */
  readonly landed: string;
  /** The compute units of the transaction that used the most; 0 if nothing was executed. */
  readonly units: number;
  /** The size of the largest transaction. */
  readonly bytes: number;
  /**
   * The difference between received and quoted token base units. If nothing was executed: the number of wrong vectors,
   * of all.
   */
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
