/** Defines the only error class: a code of the registry, its context, and a remedy. */
import { visible } from "../base/visible.ts";
import { type ErrorCode, type ErrorContext, REGISTRY } from "./registry.ts";

type Args<Code extends ErrorCode> =
  ErrorContext<Code> extends Record<string, never>
    ? [context?: Record<string, never>, options?: ErrorOptions]
    : [context: ErrorContext<Code>, options?: ErrorOptions];

/**
 * An error with a stable code. The registry builds its message from the context. The context may quote a third party
 * (an endpoint, a database, Jupiter), so the message is made one line in which every character is visible: it goes to
 * logs, terminals and events.
 *
 * @example
 * throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
 */
export class CTOError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "CTOError";
  readonly code: Code;
  readonly context: ErrorContext<Code>;

  constructor(code: Code, ...[context, options]: Args<Code>) {
    const known = (context ?? {}) as ErrorContext<Code>;
    super(visible((REGISTRY[code].message as (context: ErrorContext<Code>) => string)(known)), options);
    this.code = code;
    this.context = known;
  }

  /** What to do about the error, in one sentence. */
  get remedy(): string {
    const { remedy, remedyFor }: { remedy: string; remedyFor?: unknown } = REGISTRY[this.code];
    return remedyFor === undefined
      ? remedy
      : (remedyFor as (context: ErrorContext<Code>) => string)(this.context);
  }
}

/** Narrows an error to one code: `if (isCTOError(error, "CTO_E_RPC_UNAVAILABLE")) …` */
export const isCTOError = <Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is CTOError<Code> => error instanceof CTOError && (code === undefined || error.code === code);

/**
 * Returns the parts of an error that we store and show. Of an unknown error, we keep only the message, never the stack
 * or the cause.
 */
export const toFailure = (error: unknown): { code: string; message: string } => {
  if (isCTOError(error)) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "CTO_E_INTERNAL", message: visible(REGISTRY.CTO_E_INTERNAL.message({ reason })) };
};
