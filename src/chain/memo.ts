/** The SPL Memo instruction that makes every transaction say, in public, which operation it belongs to. */
import { type Address, createNoopSigner, type Instruction } from "@solana/kit";
import { getAddMemoInstruction, LEGACY_MEMO_PROGRAM_ADDRESS_V3 } from "@solana-program/memo";

/** `MemoSq4g…`: the program that explorers and indexers read memos from. The package's default is a newer one. */
const MEMO_PROGRAM: Address = LEGACY_MEMO_PROGRAM_ADDRESS_V3;

/**
 * A memo, signed by the wallet that it concerns.
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
