/**
 * Refuses arguments that contain MongoDB operators. Ids come from callers, and an untyped caller may pass the
 * content of a web form. MongoDB reads `{ $ne: null }` in place of an id as "any". No value of ours has a
 * property that starts with `$`.
 */
import { CTOError } from "../../errors/index.ts";

const holdsOperator = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(holdsOperator);
  if (value instanceof RegExp) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key.startsWith("$") || holdsOperator(inner));
};

/** @throws `CTO_E_INTERNAL` */
export const refuseOperators = (args: readonly unknown[]): void => {
  if (!args.some(holdsOperator)) return;
  throw new CTOError("CTO_E_INTERNAL", { reason: "a query operator stands where a value belongs" });
};
