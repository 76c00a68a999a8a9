/**
 * Asks the server for a member's transaction of the present round. It asks again and again: for a wallet that signs the
 * height stays new so; a wallet that only sends gets it once, and the answers say until when it may send it.
 */
import { useEffect, useState } from "preact/hooks";
import { change, problemFrom } from "../api/request.ts";
import type { Problem } from "../api/types.ts";
import type { Slot } from "./memory.ts";

/** What the server hands out, and says about it. */
export type ToSign = {
  transaction: string;
  version: 0 | 1;
  memo: string;
  venue: string;
  leastTokens: string;
  mayLeave: string;
  signUntil: string;
  height: string;
};

export const blocksLeft = ({ signUntil, height }: ToSign): bigint => BigInt(signUntil) - BigInt(height);

export type HandedOut = { readonly toSign: ToSign | null; readonly problem: Problem | null };

const NOTHING: HandedOut = { toSign: null, problem: null };

/** Ms. Members behind one address share its rate limit. */
const EVERY_MS = 3_000;

/** The server has handed it out before, and a wallet that only sends gets it once. */
const isHandedOnce = ({ code }: Problem): boolean => code === "CTO_E_MUSTER_HANDED_ONCE";

/** A lost connection or too many requests say nothing about the transaction. */
const isPassing = ({ status }: Problem): boolean => status === 0 || status === 429 || status >= 500;

/** Whether the server no longer hands it out, so that signing it now would be too late. */
export const isClosed = ({ toSign, problem }: HandedOut): boolean =>
  (toSign !== null && blocksLeft(toSign) <= 0n) ||
  (problem !== null && !isPassing(problem) && !isHandedOnce(problem));

/** Whether another page or device of the member has it, and this one can no longer get it. */
export const isElsewhere = ({ toSign, problem }: HandedOut): boolean =>
  toSign === null && problem !== null && isHandedOnce(problem);

const keptIn = (slot: Slot | null): ToSign | null => {
  try {
    return JSON.parse(slot?.get() ?? "null") as ToSign | null;
  } catch {
    return null;
  }
};

/**
 * @param path null while nothing may be asked for
 * @param once keeps what is handed out once. A page that nobody sees does not ask then, because another device of the
 * member may need it
 */
export function useToSign(path: string | null, once: Slot | null = null): HandedOut {
  const [state, setState] = useState<HandedOut>(NOTHING);
  useEffect(() => {
    setState({ toSign: keptIn(once), problem: null });
    if (path === null) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const toSign = await change<ToSign>(path, undefined);
        // Even if the page is being left: it is not handed out again.
        once?.set(JSON.stringify(toSign));
        if (!isOver) setState({ toSign, problem: null });
      } catch (error) {
        const problem = problemFrom(error);
        // What was handed out stays shown: the wallet may still be asking the member for it.
        if (!isOver) setState(({ toSign }) => ({ toSign: toSign ?? keptIn(once), problem }));
      }
    };
    const askOften = async (): Promise<void> => {
      if (once === null || document.visibilityState === "visible") await ask();
      if (!isOver) timer = setTimeout(() => void askOften(), EVERY_MS);
    };
    void askOften();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [path]);
  return state;
}
