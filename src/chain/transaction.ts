/**
 * Compiles a draft into the bytes that wallets sign: a message of version 0 or 1, whose instructions have one fixed
 * order and always include the public memo. Pure: the same draft gives the same bytes.
 */
import {
  appendTransactionMessageInstructions,
  compileTransactionMessage,
  compressTransactionMessageUsingAddressLookupTables,
  createTransactionMessage,
  type Instruction,
  isSignerRole,
  isSolanaError,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type TransactionMessageWithBlockhashLifetime,
} from "@solana/kit";
import {
  closeAccount,
  memoOf,
  setComputeUnitLimit,
  setComputeUnitPrice,
  transferSol,
} from "../base/instructions.ts";
import { decodeMessage } from "../base/message.ts";
import { type Compiled, writeMessageBytes } from "../base/message-writer.ts";
import {
  MAX_ACCOUNTS,
  MAX_BYTES,
  MAX_INSTRUCTIONS,
  MAX_SIGNATURES,
  priorityFee,
  SIGNATURE_BYTES,
} from "../base/transaction-limits.ts";
import type { Address, MessageFormat, TransactionDraft, UnsignedTransaction } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { compileMessage } from "./compile.ts";
import { smallestWith } from "./smallest.ts";

/**
 * Compiles a draft: limits and fee, closed accounts, transfers, setup, swap, memo, cleanup.
 *
 * @throws `CTO_E_TRANSACTION_TOO_LARGE`, `CTO_E_TRANSACTION_TOO_MANY_ACCOUNTS`,
 * `CTO_E_TRANSACTION_TOO_MANY_SIGNATURES`, `CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS` if it exceeds what its version
 * may hold, with its memo; `CTO_E_POLICY_REFUSED` if no message can express its instructions
 */
export function compose(draft: TransactionDraft): UnsignedTransaction {
  const { format = { version: 0 } } = draft;
  const { size, messageBytes, signers } =
    format.version === 1
      ? compileVersionOne(draft, format)
      : smallestWith(draft.lookupTables, (tables) => compileVersionZero(draft, tables));
  const limit = MAX_BYTES[format.version];
  if (size > limit) throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size, limit });
  return { messageBytes, signers, size };
}

/**
 * Compiles the message's parts with kit. An instruction from a third party may request something that no message can
 * express, for example a program that is also writable.
 *
 * @throws `CTO_E_POLICY_REFUSED`
 */
function partsByKit(message: Complete): Compiled {
  try {
    return compileTransactionMessage(message);
  } catch (error) {
    if (!isSolanaError(error)) throw error;
    throw new CTOError("CTO_E_POLICY_REFUSED", { kind: "composed", reason: error.message }, { cause: error });
  }
}

type Complete = Parameters<typeof compileTransactionMessage>[0] & TransactionMessageWithBlockhashLifetime;

/** A message, and its size on the wire: with the signatures, and before version 1 with the byte that counts them. */
function sized(
  { messageBytes, signers }: Omit<UnsignedTransaction, "size">,
  version: 0 | 1,
): UnsignedTransaction {
  const size = messageBytes.length + SIGNATURE_BYTES * signers.length + (version === 1 ? 0 : 1);
  return { messageBytes, signers, size };
}

const written = (parts: Compiled): Omit<UnsignedTransaction, "size"> => ({
  messageBytes: writeMessageBytes(parts),
  signers: parts.staticAccounts.slice(0, parts.header.numSignerAccounts),
});

function compileVersionZero(draft: TransactionDraft, tables: TransactionDraft["lookupTables"]) {
  const { computeUnitLimit: units, computeUnitPrice: microLamports } = draft;
  const instructions = [
    setComputeUnitLimit(units),
    setComputeUnitPrice(microLamports),
    ...instructionsOf(draft),
  ];
  requireWithinLimits(draft, instructions);
  const own = Object.keys(tables).length === 0 ? compileMessage(draft, instructions, null) : null;
  if (own !== null) return sized(own, 0);
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (empty) => setTransactionMessageFeePayer(draft.feePayer, empty),
    (paid) => setTransactionMessageLifetimeUsingBlockhash(draft.lifetime, paid),
    (lasting) => appendTransactionMessageInstructions(instructions, lasting),
    (complete) => compressTransactionMessageUsingAddressLookupTables(complete, mutableTables(tables)),
  );
  return sized(written(partsByKit(message)), 0);
}

/** Version 1 has no lookup tables. Its limits and its total priority fee are fields of the message itself. */
function compileVersionOne(
  draft: TransactionDraft,
  { loadedAccountsDataLimit }: Extract<MessageFormat, { version: 1 }>,
) {
  const { computeUnitLimit, computeUnitPrice } = draft;
  const instructions = instructionsOf(draft);
  requireWithinLimits(draft, instructions);
  requireCountable(instructions);
  const config = {
    computeUnitLimit,
    loadedAccountsDataSizeLimit: loadedAccountsDataLimit,
    priorityFeeLamports: priorityFee(computeUnitLimit, computeUnitPrice),
  };
  // Kit checks the limits.
  const limited = setTransactionMessageConfig(config, createTransactionMessage({ version: 1 }));
  const own = compileMessage(draft, instructions, config);
  if (own !== null) return sized(own, 1);
  const message = pipe(
    setTransactionMessageFeePayer(draft.feePayer, limited),
    (paid) => setTransactionMessageLifetimeUsingBlockhash(draft.lifetime, paid),
    (lasting) => appendTransactionMessageInstructions(instructions, lasting),
  );
  return sized(written(partsByKit(message)), 1);
}

/**
 * Checks the other limits before we compile anything: a message may have too many accounts, signatures or
 * instructions, not only too many bytes.
 */
function requireWithinLimits({ feePayer }: TransactionDraft, instructions: readonly Instruction[]): void {
  const named = new Set([feePayer]);
  const signing = new Set([feePayer]);
  for (const { programAddress, accounts: metas = [] } of instructions) {
    named.add(programAddress);
    for (const { address, role } of metas) {
      named.add(address);
      if (isSignerRole(role)) signing.add(address);
    }
  }
  const [accounts, signatures] = [named.size, signing.size];
  if (accounts > MAX_ACCOUNTS) {
    throw new CTOError("CTO_E_TRANSACTION_TOO_MANY_ACCOUNTS", { accounts, limit: MAX_ACCOUNTS });
  }
  if (signatures > MAX_SIGNATURES) {
    throw new CTOError("CTO_E_TRANSACTION_TOO_MANY_SIGNATURES", { signatures, limit: MAX_SIGNATURES });
  }
  if (instructions.length > MAX_INSTRUCTIONS) {
    const count = { instructions: instructions.length, limit: MAX_INSTRUCTIONS };
    throw new CTOError("CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS", count);
  }
}

/** The most accounts of one instruction, repeated ones included: version 1 counts them in one byte. */
const MAX_INSTRUCTION_ACCOUNTS = 255;

function requireCountable(instructions: readonly Instruction[]): void {
  const accounts = Math.max(...instructions.map((instruction) => instruction.accounts?.length ?? 0));
  if (accounts > MAX_INSTRUCTION_ACCOUNTS)
    throw new CTOError("CTO_E_TRANSACTION_TOO_MANY_ACCOUNTS", { accounts, limit: MAX_INSTRUCTION_ACCOUNTS });
}

/** Returns the program that each instruction of a message calls. */
export const programsOf = (messageBytes: Uint8Array): Address[] =>
  decodeMessage(messageBytes).instructions.map(({ program }) => program);

function instructionsOf(draft: TransactionDraft): Instruction[] {
  const { closes = [], transfers, memo } = draft;
  if (memo.text.length === 0)
    throw new CTOError("CTO_E_INTERNAL", { reason: "a transaction without a memo" });
  return [
    ...closes.map(({ address, owner, program }) => closeAccount(address, owner, program)),
    ...transfers.map(({ from, to, lamports }) => transferSol(from, to, lamports)),
    ...draft.setup,
    ...draft.swap,
    memoOf(memo.text, memo.signer),
    ...draft.cleanup,
  ];
}

/** Copies the tables, because Kit's type requires mutable arrays. */
function mutableTables(tables: TransactionDraft["lookupTables"]): Record<Address, Address[]> {
  return Object.fromEntries(Object.entries(tables).map(([table, addresses]) => [table, [...addresses]]));
}
