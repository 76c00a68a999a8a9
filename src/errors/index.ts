/** Exports the stable error codes, each with its message, cause and remedy. */
export { CTOError, isCTOError, toFailure } from "./cto-error.ts";
export { isAway, isOutage, isOutageCode, isOversize, isPassedOver, isUnknown } from "./kinds.ts";
export { type ErrorCode, type LimitOption, REGISTRY, type WebhookFault } from "./registry.ts";
