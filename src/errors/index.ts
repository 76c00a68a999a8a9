/** Stable error codes, each with its message, cause and remedy. */
export { CTOError, isCTOError, toFailure } from "./cto-error.ts";
export { type ErrorCode, type ErrorContext, REGISTRY } from "./registry.ts";
