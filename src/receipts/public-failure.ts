/**
 * Removes private details from a failure for the receipt. Messages may contain an endpoint's host, a reviewer's
 * name or a user's limits. We therefore show only the messages of codes that are known to describe the chain alone.
 */
import type { Failure } from "../engine/ports.ts";
import { type ErrorCode, REGISTRY } from "../errors/index.ts";

const SPEAK_OF_THE_CHAIN_ALONE: ReadonlySet<string> = new Set<ErrorCode>([
  "CTO_E_MINT_INVALID",
  "CTO_E_MINT_NOT_FOUND",
  "CTO_E_MINT_UNSUPPORTED",
  "CTO_E_NO_ROUTE",
  "CTO_E_OPERATION_CANCELLED",
  "CTO_E_PRICE_IMPACT_ABOVE_LIMIT",
  "CTO_E_TOKEN_ACCOUNT_FROZEN",
  "CTO_E_TOKEN_MIGRATING",
  "CTO_E_TRANSACTION_EXPIRED",
  "CTO_E_TRANSACTION_FAILED",
  "CTO_E_TRANSACTION_REFUSED",
  "CTO_E_TRANSACTION_TOO_LARGE",
  "CTO_E_TRANSACTION_TOO_MANY_ACCOUNTS",
  "CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS",
  "CTO_E_TRANSACTION_TOO_MANY_SIGNATURES",
]);

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(REGISTRY, code);

/** Keeps the code. For a code that is not in the set above, the code's general cause replaces the message. */
export const publicFailure = ({ code, message }: Failure): Failure => ({
  code,
  message: SPEAK_OF_THE_CHAIN_ALONE.has(code) ? message : isKnown(code) ? REGISTRY[code].cause : code,
});
