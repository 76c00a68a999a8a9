/** Asks the server for the member's transaction of the present round, again and again, so that its height stays new. */
import { useEffect, useState } from "preact/hooks";
import { change, problemFrom } from "../api/request.ts";
import type { Problem } from "../api/types.ts";

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

/** Ms. Members behind one address share its rate limit. */
const EVERY_MS = 3_000;

/** A lost connection or too many requests say nothing about the transaction. */
const isPassing = ({ status }: Problem): boolean => status === 0 || status === 429 || status >= 500;

/** Whether the server no longer hands it out, so that signing it now would be too late. */
export const isClosed = ({ toSign, problem }: HandedOut): boolean =>
  (toSign !== null && blocksLeft(toSign) <= 0n) || (problem !== null && !isPassing(problem));

/** @param path null while nothing may be asked for */
export function useToSign(path: string | null): HandedOut {
  const [state, setState] = useState<HandedOut>({ toSign: null, problem: null });
  useEffect(() => {
    setState({ toSign: null, problem: null });
    if (path === null) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const toSign = await change<ToSign>(path, undefined);
        if (!isOver) setState({ toSign, problem: null });
      } catch (error) {
        const problem = problemFrom(error);
        // What was handed out stays shown: the wallet may still be asking the member for it.
        if (!isOver) setState((before) => ({ ...before, problem }));
      }
      if (!isOver) timer = setTimeout(() => void ask(), EVERY_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [path]);
  return state;
}
