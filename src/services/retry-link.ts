/** Finds the retry of an operation: the operation whose id is derived from its id. */
import { retryIdOf } from "../base/retry-id.ts";
import { isUnderWay, type Journal, type Operation } from "../engine/ports.ts";

/** Returns the retry of the operation; null if there is none. An operation under way cannot have a retry. */
export async function readRetryOperation(
  journal: Pick<Journal, "readOperation">,
  { id, status }: Pick<Operation, "id" | "status">,
): Promise<Operation | null> {
  return isUnderWay({ status }) ? null : journal.readOperation(retryIdOf(id));
}

/** Returns the id of the operation's retry; null if there is none. */
export const readRetry = async (
  journal: Pick<Journal, "readOperation">,
  operation: Pick<Operation, "id" | "status">,
): Promise<string | null> => (await readRetryOperation(journal, operation))?.id ?? null;
