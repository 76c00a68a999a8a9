/** The one error class: a code of the registry, its context, and what the reader can do. */
import { type ErrorCode, type ErrorContext, REGISTRY } from "./registry.ts";

type Args<Code extends ErrorCode> =
  ErrorContext<Code> extends Record<string, never>
    ? [context?: Record<string, never>, options?: ErrorOptions]
    : [context: ErrorContext<Code>, options?: ErrorOptions];

/**
 * @example
 * throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
 */
export class CTOError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "CTOError";
  readonly code: Code;
  readonly context: ErrorContext<Code>;

  constructor(code: Code, ...[context, options]: Args<Code>) {
    const known = (context ?? {}) as ErrorContext<Code>;
    super((REGISTRY[code].message as (context: ErrorContext<Code>) => string)(known), options);
    this.code = code;
    this.context = known;
  }

  /** What to do about it, in a sentence. */
  get remedy(): string {
    return REGISTRY[this.code].remedy;
  }
}

/** Narrows to one code: `if (isCTOError(error, "CTO_E_RPC_UNAVAILABLE")) …` */
export const isCTOError = <Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is CTOError<Code> => error instanceof CTOError && (code === undefined || error.code === code);

/** What is stored and shown of an error. Unknown errors keep their message only, never their stack or cause. */
export const toFailure = (error: unknown): { code: string; message: string } => {
  if (isCTOError(error)) return { code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "CTO_E_INTERNAL", message: REGISTRY.CTO_E_INTERNAL.message({ reason }) };
};
