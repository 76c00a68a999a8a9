/**
 * R8: decides the fate of an attempt that was handed out to a member. We do not know which signature to look for: the
 * wallet may have added guards, and the member may have sent other bytes than we received. So the proof is the wallet's
 * history, searched by the memo, as after a restore (ADR 31).
 */
import type { Chain, FinalTransaction, Signature } from "../ports.ts";
import { type MemoQuestion, type MemoVerdict, searchMemo } from "../restore/memo-history.ts";
import type { MemoText } from "../transaction/memo-text.ts";
import { type Effects, readEffect } from "../transaction/read-effect.ts";
import type { HandedOut, Phase, Way } from "./muster.ts";
import { boughtBy, isMeant, type Meant } from "./results.ts";

type Searched = Meant & {
  readonly way: Way;
  /** The memo of the member's buy. Its attempts in all rounds have the same one. */
  readonly memo: MemoText;
  readonly attempt: Pick<HandedOut, "lifetime">;
};

/** Returns what to search for: the buy's memo, from the handed-out blockhash on. */
export const questionOf = ({
  wallet,
  memo,
  attempt: { lifetime },
}: Pick<Searched, "wallet" | "memo" | "attempt">): MemoQuestion => ({
  wallet,
  isWanted: ({ operationId, kind, leg, legs }) =>
    operationId === memo.operationId && kind === memo.kind && leg === memo.leg && legs === memo.legs,
  since: lifetime.blockhashSlot,
  lastValidBlockHeight: lifetime.lastValidBlockHeight,
});

/** Returns the phase that a verdict proves; null if it proves nothing yet. */
export function phaseOf({ verdict }: MemoVerdict, way: Way): Phase | null {
  if (verdict === "found") return "finalized";
  if (verdict === "too early") return null;
  // A wallet that only sends may have replaced the blockhash, so no height excludes its transaction.
  if (way === "sends") return null;
  // Its memo is on chain, so no second attempt is signed (R8). That it bought nothing is seen from its effect.
  if (verdict === "only its memo") return "finalized";
  return verdict === "absent" ? "dead" : "needs_review";
}

/** What the chain shows of an attempt: its phase, and the transaction if it landed. */
export type Examined = { readonly to: Phase; readonly landed?: Signature };

/**
 * Searches the wallet's history, as many endpoints as must agree. Null: it proves nothing yet. A purchase goes before a
 * transaction that has only its memo: the member may have signed both.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`: unknown (R4)
 */
export async function examine(
  chain: Effects & Pick<Chain, "readHistory" | "readFinal">,
  attempt: Searched,
): Promise<Examined | null> {
  const isSought = async (final: FinalTransaction): Promise<boolean> => {
    const transaction = await readEffect(chain, final.signature);
    // Unknown is not absent (R4). But what is not the purchase by its bytes must not hide the one that is.
    return transaction === null
      ? isMeant(attempt, final)
      : (await boughtBy(attempt, final, transaction)) > 0n;
  };
  const verdict = await searchMemo(chain, { ...questionOf(attempt), isSought });
  const to = phaseOf(verdict, attempt.way);
  if (to === null) return null;
  return verdict.verdict === "found" || verdict.verdict === "only its memo"
    ? { to, landed: verdict.transaction.signature }
    : { to };
}
