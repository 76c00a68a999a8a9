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

export type HandedOut = { readonly toSign: ToSign | null; readonly problem: Problem | null };

/** Ms. Members behind one address share its rate limit. */
const EVERY_MS = 3_000;

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
        // What was handed out stays shown while the connection is lost.
        if (!isOver) setState((before) => (problem?.status === 0 ? { ...before, problem } : { toSign: null, problem }));
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

export const blocksLeft = ({ signUntil, height }: ToSign): bigint => BigInt(signUntil) - BigInt(height);
