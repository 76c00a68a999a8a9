/** The one door through which stored records come in. */
import { CTOError, isCTOError } from "../errors/index.ts";

/**
 * Runs a parser on a record of `table` (or collection).
 * @throws `CTO_E_JOURNAL_UNREADABLE` for whatever the parser throws; never with the record's contents beyond what is wrong.
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
