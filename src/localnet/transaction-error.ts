/** Converts LiteSVM's numbered transaction errors into agave's JSON and sentences. */
import type { FailedTransactionMetadata } from "litesvm";
import { INSTRUCTION_ERRORS, TRANSACTION_ERRORS } from "./transaction-error-tables.ts";

/** An error inside an instruction: a name, or a name with its number or text. */
type InstructionErrorJson = string | { readonly Custom: number } | { readonly BorshIoError: string };

/** A transaction error as agave serialises it. */
export type TransactionErrorJson =
  | string
  | { readonly InstructionError: readonly [number, InstructionErrorJson] }
  | { readonly DuplicateInstruction: number }
  | { readonly InsufficientFundsForRent: { readonly account_index: number } }
  | { readonly ProgramExecutionTemporarilyRestricted: { readonly account_index: number } };

type LiteError = ReturnType<FailedTransactionMetadata["err"]>;
type LiteObjectError = Exclude<LiteError, number>;
type LiteInstructionError = ReturnType<Extract<LiteObjectError, { err: unknown }>["err"]>;

const instructionError = (error: LiteInstructionError): InstructionErrorJson => {
  if (typeof error === "number") return INSTRUCTION_ERRORS[error]?.[0] ?? "GenericError";
  return "code" in error ? { Custom: error.code } : { BorshIoError: error.msg };
};

/** The JSON of a LiteSVM error, in agave's format. */
export const toTransactionError = (error: LiteError): TransactionErrorJson => {
  if (typeof error === "number") return TRANSACTION_ERRORS[error]?.[0] ?? "SanitizeFailure";
  if ("err" in error) return { InstructionError: [error.index, instructionError(error.err())] };
  if ("index" in error) return { DuplicateInstruction: error.index };
  const place = { account_index: error.accountIndex };
  // The two remaining classes have the same fields; only their class names differ.
  return error.constructor.name === "TransactionErrorInsufficientFundsForRent"
    ? { InsufficientFundsForRent: place }
    : { ProgramExecutionTemporarilyRestricted: place };
};

const describeInstructionError = (error: InstructionErrorJson): string => {
  if (typeof error === "string") return INSTRUCTION_ERRORS.find(([name]) => name === error)?.[1] ?? error;
  return "Custom" in error
    ? `custom program error: 0x${error.Custom.toString(16)}`
    : `Failed to serialize or deserialize account data: ${error.BorshIoError}`;
};

/** The sentence that agave writes after "Transaction simulation failed: ". */
export const describeTransactionError = (error: TransactionErrorJson): string => {
  if (typeof error === "string") return TRANSACTION_ERRORS.find(([name]) => name === error)?.[1] ?? error;
  if ("InstructionError" in error) {
    const [index, inner] = error.InstructionError;
    return `Error processing Instruction ${index}: ${describeInstructionError(inner)}`;
  }
  if ("DuplicateInstruction" in error) {
    return `Transaction contains a duplicate instruction (${error.DuplicateInstruction}) that is not allowed`;
  }
  return "InsufficientFundsForRent" in error
    ? `Transaction results in an account (${error.InsufficientFundsForRent.account_index}) with insufficient funds for rent`
    : `Execution of the program referenced by account at index ${error.ProgramExecutionTemporarilyRestricted.account_index} is temporarily restricted.`;
};
