/** What endpoints mean by their refusals: each says it in words and codes of its own. */
import type { NodeError } from "./endpoint.ts";

/** A refusal for now, by a rate or a quota: neither fewer items nor doing without would be right. */
const FOR_NOW = /per (second|minute|hour|day)|\brate\b|quota|credit|\brps\b/i;
const TOO_MANY = /limited to|too (many|large|big|long)|at most|maximum|\bmax\b|exceed|\brange\b|batch size/i;
const NO_METHOD = /method.*(not (found|available|supported|allowed|enabled)|disabled)/i;

/** Whether fewer items may be answered where these were refused. */
export function isTooMany({ httpStatus, message }: NodeError): boolean {
  if (httpStatus === 413) return true;
  return httpStatus !== 429 && TOO_MANY.test(message) && !FOR_NOW.test(message);
}

/** Whether the endpoint does not have the method, or the plan does not include it. */
export function isUnsupported({ code, httpStatus, message }: Omit<NodeError, "data">): boolean {
  if (code === -32_601 || httpStatus === 404 || httpStatus === 405) return true;
  return httpStatus !== 429 && NO_METHOD.test(message);
}
