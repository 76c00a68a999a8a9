/**
 * Ids come from callers. A caller without types may pass on what a web form gave it, and to MongoDB `{ $ne: null }` in
 * the place of an id means "any": no value of ours has a property like that.
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
