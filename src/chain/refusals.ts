/** Classifies endpoints' refusals. Each provider uses its own texts and codes. */
import type { NodeError } from "./endpoint.ts";

/** A temporary refusal by a rate limit or a quota. Smaller batches do not help, and the method is still supported. */
const FOR_NOW =
  /per (second|minute|hour|day)|\brate\b|quota|credit|\brps\b|too many requests|request (limit|count)|daily|monthly|capacity/i;
const TOO_MANY = /limited to|too (many|large|big|long)|at most|maximum|\bmax\b|exceed|\brange\b|batch size/i;
const NO_METHOD =
  /(method|\b(get|send|simulate)[a-z]+\b).*(not (found|available|supported|allowed|enabled)|disabled|only available)|upgrade your plan to use/i;

/** Whether the endpoint may accept fewer items. */
export function isTooMany({ code, httpStatus, message }: NodeError): boolean {
  if (httpStatus === 413) return true;
  // Some providers send their throttling under HTTP 200, with its status as the error's code.
  if (code === 429 || code === -32_429) return false;
  return httpStatus !== 429 && TOO_MANY.test(message) && !FOR_NOW.test(message);
}

/** Whether the method is missing on the endpoint or not part of the plan. */
export function isUnsupported({ code, httpStatus, message }: Omit<NodeError, "data">): boolean {
  if (code === -32_601 || httpStatus === 404 || httpStatus === 405) return true;
  return httpStatus !== 429 && NO_METHOD.test(message);
}
