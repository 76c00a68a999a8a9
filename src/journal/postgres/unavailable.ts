/** Separates connection faults, after which a write may or may not have happened, from all other errors. */
import { DatabaseError } from "pg";
import { CTOError, isCTOError } from "../../errors/index.ts";

/**
 * SQLSTATE classes: 08 connection, 28 authorisation, 3D no such database, 53 resources, 57P operator
 * intervention, 58 system error. 25006: the server became read-only.
 */
const UNAVAILABLE = /^(08|28|3D|53|57P|58|25006)/;

/** A text has a character that the database cannot store: U+0000, or half of a pair. */
const UNSTORABLE = new Set(["22021", "22P05"]);

/** Serialization failure and deadlock. The server has certainly rolled the statement back. */
const ROLLED_BACK = /^(40001|40P01)$/;

export const isRolledBack = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code !== undefined && ROLLED_BACK.test(error.code);

/** Whether an explained error says that the server refuses writes. It may still answer. */
export const isReadOnly = (error: unknown): boolean =>
  isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE") && error.message.includes("(25006)");

/**
 * Uses only codes and the driver's message. The error object may contain the connection string, so we do not
 * pass it as `cause`.
 */
const reasonOf = (error: Error): string => {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (error instanceof AggregateError || error instanceof TypeError) return code || error.name;
  return code === "" ? error.message : `${error.message} (${code})`;
};

/**
 * Returns the error to throw: `CTO_E_JOURNAL_UNAVAILABLE` for a connection fault, `CTO_E_USAGE` for a text that cannot be
 * stored, otherwise the error itself.
 */
export const explain = (error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof CTOError) return error;
  const fromServer = error instanceof DatabaseError;
  if (fromServer && UNSTORABLE.has(error.code ?? "")) {
    const problem = "an id or a text has a character that cannot be stored, such as U+0000";
    return new CTOError("CTO_E_USAGE", { problem });
  }
  if (fromServer && !UNAVAILABLE.test(error.code ?? "") && !isRolledBack(error)) return error;
  return new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: reasonOf(error) });
};
