/**
 * Puts a draft together into the bytes that wallets sign: a version 0 message whose instructions stand in one fixed
 * order, with the public memo always among them. Pure: the same draft gives the same bytes.
 */
import {
  appendTransactionMessageInstructions,
  compileTransaction,
  compressTransactionMessageUsingAddressLookupTables,
  createNoopSigner,
  createTransactionMessage,
  getTransactionSize,
  type Instruction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from "@solana-program/compute-budget";
import { getTransferSolInstruction } from "@solana-program/system";
import { getCloseAccountInstruction } from "@solana-program/token";
import { decodeMessage } from "../base/message.ts";
import type { Address, TransactionDraft, UnsignedTransaction } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { memoInstruction } from "./memo.ts";
import { smallestWith } from "./smallest.ts";

/** What the network's packets hold: a transaction's bytes on the wire, signatures included. */
const TRANSACTION_SIZE_LIMIT = 1232;

/**
 * Compiles a draft: compute budget, closed accounts, transfers, setup, swap, memo, cleanup.
 *
 * @throws `CTO_E_TRANSACTION_TOO_LARGE` when it exceeds 1232 bytes with its memo
 */
export function compose(draft: TransactionDraft): UnsignedTransaction {
  const { size, transaction } = smallestWith(draft.lookupTables, (tables) => compile(draft, tables));
  if (size > TRANSACTION_SIZE_LIMIT) {
    throw new CTOError("CTO_E_TRANSACTION_TOO_LARGE", { size, limit: TRANSACTION_SIZE_LIMIT });
  }
  const messageBytes = new Uint8Array(transaction.messageBytes);
  return { messageBytes, signers: decodeMessage(messageBytes).signers, size };
}

function compile(draft: TransactionDraft, tables: TransactionDraft["lookupTables"]) {
  const message = pipe(
    createTransactionMessage({ version: 0 }),
    (empty) => setTransactionMessageFeePayer(draft.feePayer, empty),
    (paid) => setTransactionMessageLifetimeUsingBlockhash(draft.lifetime, paid),
    (lasting) => appendTransactionMessageInstructions(instructionsOf(draft), lasting),
    (complete) => compressTransactionMessageUsingAddressLookupTables(complete, mutableTables(tables)),
  );
  const transaction = compileTransaction(message);
  return { transaction, size: getTransactionSize(transaction) };
}

/** Which program each instruction of a message calls. */
export const programsOf = (messageBytes: Uint8Array): Address[] =>
  decodeMessage(messageBytes).instructions.map(({ program }) => program);

function instructionsOf(draft: TransactionDraft): Instruction[] {
  const { closes = [], transfers, memo } = draft;
  if (memo.text.length === 0)
    throw new CTOError("CTO_E_INTERNAL", { reason: "a transaction without a memo" });
  return [
    getSetComputeUnitLimitInstruction({ units: draft.computeUnitLimit }),
    getSetComputeUnitPriceInstruction({ microLamports: draft.computeUnitPrice }),
    ...closes.map(({ address, owner, program }) =>
      getCloseAccountInstruction(
        { account: address, destination: owner, owner: createNoopSigner(owner) },
        { programAddress: program },
      ),
    ),
    ...transfers.map(({ from, to, lamports }) =>
      getTransferSolInstruction({ source: createNoopSigner(from), destination: to, amount: lamports }),
    ),
    ...draft.setup,
    ...draft.swap,
    memoInstruction(memo.text, memo.signer),
    ...draft.cleanup,
  ];
}

/** Kit's type asks for mutable arrays. */
function mutableTables(tables: TransactionDraft["lookupTables"]): Record<Address, Address[]> {
  return Object.fromEntries(Object.entries(tables).map(([table, addresses]) => [table, [...addresses]]));
}
