/** Parses stored records. All records that are read from a database pass through it. */
import { CTOError, isCTOError } from "../errors/index.ts";

/**
 * Runs a parser on a record of `table` (or collection).
 * @throws `CTO_E_JOURNAL_UNREADABLE` for every error of the parser except a `CTOError`. It contains only the
 *   problem, not the rest of the record
 */
export const parseRecord = <T>(table: string, parse: () => T): T => {
  try {
    return parse();
  } catch (error) {
    if (isCTOError(error)) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new CTOError("CTO_E_JOURNAL_UNREADABLE", { table, problem });
  }
};
