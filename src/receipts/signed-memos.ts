/** Reads the memos of a transaction, each with the wallets that have signed it. Anyone may write a text; only a wallet can sign it. */
import { getBase58Encoder } from "@solana/kit";
import type { ChainTransaction } from "./chain-reader.ts";

const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";

export type SignedMemo = { readonly text: string; readonly signers: readonly string[] };

/** Returns the memos of the top-level instructions, in their order. */
export function signedMemosIn({ transaction }: ChainTransaction): SignedMemo[] {
  const { accountKeys, header, instructions } = transaction.message;
  return instructions.flatMap(({ programIdIndex, accounts, data }) => {
    if (accountKeys[programIdIndex] !== MEMO_PROGRAM) return [];
    // A mark of the byte order is a part of the text: a memo behind one is another memo.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(getBase58Encoder().encode(data)),
    );
    // The memo program fails if one of its accounts has not signed.
    const signers = accounts
      .filter((at) => at < header.numRequiredSignatures)
      .flatMap((at) => accountKeys[at] ?? []);
    return [{ text, signers }];
  });
}
