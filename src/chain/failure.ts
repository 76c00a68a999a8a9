/**
 * Converts a transaction error from the node's JSON into a sentence for people.
 *
 * The shapes are those of agave's `TransactionError` and `InstructionError`, for example
 * `{"InstructionError":[2,{"Custom":6001}]}`.
 */
import { visible } from "../base/visible.ts";
import type { Address, TransactionFailure } from "../engine/ports.ts";
import { explainCustomCode, programName } from "./program-errors.ts";

export type FailureHints = {
  /** The program of each instruction, if the transaction's bytes are available. */
  readonly programs?: readonly (Address | undefined)[];
  readonly logs?: readonly string[];
};

const TRANSACTION_ERRORS: Readonly<Record<string, string>> = {
  AccountInUse: "another transaction is using one of the accounts",
  AccountNotFound: "the paying wallet does not exist on chain: it holds no SOL",
  AlreadyProcessed: "this transaction has already been processed",
  BlockhashNotFound: "its blockhash is unknown to the node or has expired",
  ClusterMaintenance: "the cluster is in maintenance",
  DuplicateInstruction: "an instruction stands in it twice",
  InsufficientFundsForFee: "the paying wallet cannot pay the transaction fee",
  InsufficientFundsForRent: "an account would be left with less than its rent-exempt minimum",
  InvalidAccountForFee: "the paying account may not pay fees",
  InvalidProgramForExecution: "a program in it cannot be executed",
  MaxLoadedAccountsDataSizeExceeded: "it loads more account data than it may",
  ProgramAccountNotFound: "a program in it does not exist on this cluster",
  SanitizeFailure: "the transaction is malformed",
  SignatureFailure: "a signature is not valid",
  TooManyAccountLocks: "it touches too many accounts",
  WouldExceedMaxBlockCostLimit: "the block is full",
};

const INSTRUCTION_ERRORS: Readonly<Record<string, string>> = {
  ComputationalBudgetExceeded: "it ran out of compute units",
  ExternalAccountLamportSpend: "it spent lamports of an account that it does not own",
  IllegalOwner: "an account has the wrong owner",
  IncorrectProgramId: "an account belongs to another program",
  InsufficientFunds: "there are not enough funds",
  InvalidAccountData: "an account holds unexpected data",
  InvalidArgument: "an argument is not valid",
  InvalidInstructionData: "the instruction's data is not valid",
  MissingRequiredSignature: "a required signature is missing",
  NotEnoughAccountKeys: "accounts are missing",
  ProgramFailedToComplete: "the program crashed or ran out of compute units",
  UninitializedAccount: "an account is not initialised",
};

/** The longest message, characters. An endpoint may answer an error of any size. */
const LONGEST = 500;

/**
 * @example
 * describeFailure({ InstructionError: [2, { Custom: 6001 }] }).message;
 * // "instruction 3 failed with custom error 6001 (0x1771)"
 */
export function describeFailure(error: unknown, hints: FailureHints = {}): TransactionFailure {
  const plain = withoutBigints(error);
  const message = visible(describe(plain, hints)).slice(0, LONGEST);
  return { error: plain, message, ...(hints.logs === undefined ? {} : { logs: hints.logs }) };
}

function describe(error: unknown, hints: FailureHints): string {
  if (typeof error === "string") return TRANSACTION_ERRORS[error] ?? inWords(error);
  const [name, detail] = single(error);
  if (name === "InstructionError" && Array.isArray(detail)) {
    return describeInstruction(Number(detail[0]), detail[1], hints);
  }
  if (name === undefined) return `an unknown error: ${JSON.stringify(error)}`;
  return TRANSACTION_ERRORS[name] ?? `${inWords(name)}: ${JSON.stringify(detail)}`;
}

function describeInstruction(index: number, error: unknown, { programs, logs }: FailureHints): string {
  const program = programs?.[index];
  const where =
    program === undefined ? `instruction ${index + 1}` : `instruction ${index + 1} (${programName(program)})`;
  if (typeof error === "string") return `${where} failed: ${INSTRUCTION_ERRORS[error] ?? inWords(error)}`;
  const [name, detail] = single(error);
  if (name === "Custom" && typeof detail === "number") {
    const meaning =
      anchorMessage(logs, detail) ?? (program === undefined ? undefined : explainCustomCode(program, detail));
    const code = `custom error ${detail} (0x${detail.toString(16)})`;
    return meaning === undefined ? `${where} failed with ${code}` : `${where} failed: ${meaning}; ${code}`;
  }
  return `${where} failed: ${name === undefined ? JSON.stringify(error) : inWords(name)}`;
}

/** Anchor programs log the meaning of their codes: `… Error Number: 6001. Error Message: Slippage tolerance exceeded.` */
function anchorMessage(logs: readonly string[] | undefined, code: number): string | undefined {
  for (const line of logs ?? []) {
    const [, number, message] = /Error Number: (\d+)\. Error Message: (.{1,200}?)\.?$/.exec(line) ?? [];
    if (Number(number) === code && message !== undefined) return message;
  }
  return undefined;
}

/** `{ Name: detail }`: agave's JSON of an enum variant with data. */
function single(error: unknown): [string | undefined, unknown] {
  if (typeof error !== "object" || error === null) return [undefined, undefined];
  return Object.entries(error)[0] ?? [undefined, undefined];
}

/** `WouldExceedMaxVoteCostLimit` -> `would exceed max vote cost limit`. */
const inWords = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();

/** Converts bigints to numbers. The journal and the API store errors as JSON, which has no bigints. */
function withoutBigints(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(withoutBigints);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutBigints(inner)]));
}
