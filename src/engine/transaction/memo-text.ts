/**
 * Writes and reads the text of the public memo: `cto:1:<operationId>:<kind>:<leg>/<legs>`. The 1 is the format's
 * version.
 *
 * Every transaction has such a memo, so that anyone can check an operation's receipt against the chain alone.
 */
import { CTOError } from "../../errors/index.ts";
import { STEP_KINDS, type StepKind } from "../ports.ts";

export type MemoText = {
  readonly operationId: string;
  readonly kind: StepKind;
  /** From 1 to `legs`. */
  readonly leg: number;
  readonly legs: number;
};

const MEMO = /^cto:1:([A-Za-z0-9_-]{1,64}):([a-z]+):([1-9]\d{0,5})\/([1-9]\d{0,5})$/;

/**
 * Writes the memo of a step.
 *
 * @throws `CTO_E_INTERNAL` if {@link parseMemo} cannot read the memo back
 * @example
 * formatMemo({ operationId: "op1", kind: "buy", leg: 3, legs: 10 }); // "cto:1:op1:buy:3/10"
 */
export function formatMemo({ operationId, kind, leg, legs }: MemoText): string {
  const text = `cto:1:${operationId}:${kind}:${leg}/${legs}`;
  if (parseMemo(text) === null) throw new CTOError("CTO_E_INTERNAL", { reason: `"${text}" is not a memo` });
  return text;
}

/** Parses a memo; null if the text is not exactly one of ours. */
export function parseMemo(text: string): MemoText | null {
  const [, operationId, word, legText, legsText] = MEMO.exec(text) ?? [];
  const kind = STEP_KINDS.find((known) => known === word);
  const leg = Number(legText);
  const legs = Number(legsText);
  if (operationId === undefined || kind === undefined || leg > legs) return null;
  return { operationId, kind, leg, legs };
}
