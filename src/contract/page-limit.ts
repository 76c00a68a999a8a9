/** Parses how many records a caller wants at once. */
import { visible } from "../base/visible.ts";
import { CTOError } from "../errors/index.ts";

/** The most records that one call returns. */
const MOST = 1_000;

/**
 * Returns the number of records to read: at least one, at most 1,000.
 *
 * @throws `CTO_E_USAGE` if it is not a whole number
 */
export function pageLimit(limit: number): number {
  if (!Number.isInteger(limit)) {
    throw new CTOError("CTO_E_USAGE", { problem: `limit is a whole number, not ${String(limit)}` });
  }
  return Math.max(1, Math.min(limit, MOST));
}

/**
 * Refuses a position in a list that no page has shown. The answer to it would be an empty page, as at the list's end.
 *
 * @throws `CTO_E_USAGE`
 */
export function requireListed(isListed: boolean, name: string, given: string): void {
  if (isListed) return;
  const problem = `${name} is the id of the last record of a page, not "${visible(given)}"`;
  throw new CTOError("CTO_E_USAGE", { problem });
}
