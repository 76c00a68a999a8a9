/** The SPL Memo instruction. It names the operation of every transaction in public. */
import { type Address, createNoopSigner, type Instruction } from "@solana/kit";
import { getAddMemoInstruction, LEGACY_MEMO_PROGRAM_ADDRESS_V3 } from "@solana-program/memo";

/** `MemoSq4g…`: explorers and indexers read this program's memos. The package's default is a newer program. */
const MEMO_PROGRAM: Address = LEGACY_MEMO_PROGRAM_ADDRESS_V3;

/**
 * Creates a memo, signed by the wallet that it concerns.
 *
 * @example
 * memoInstruction("cto:1:Qm3…:buy:1/10", buyer);
 */
export function memoInstruction(text: string, signer: Address): Instruction {
  return getAddMemoInstruction(
    { memo: text, signers: [createNoopSigner(signer)] },
    { programAddress: MEMO_PROGRAM },
  );
}
