/**
 * Asks the server for a member's transaction of the present round. It asks again and again: for a wallet that signs the
 * height stays new so; a wallet that only sends gets it once, and the answers say until when it may send it.
 */
import { useEffect, useState } from "preact/hooks";
import { change, problemFrom } from "../api/request.ts";
import type { HandedOut, ToSign } from "./handed-out.ts";
import type { Slot } from "./memory.ts";

const NOTHING: HandedOut = { toSign: null, problem: null };

/** Ms. Members behind one address share its rate limit. */
const EVERY_MS = 3_000;

const keptIn = (slot: Slot | null): ToSign | null => {
  try {
    return JSON.parse(slot?.get() ?? "null") as ToSign | null;
  } catch {
    return null;
  }
};

/**
 * @param path null while nothing may be asked for
 * @param proof the body of the request, JSON: that it is the member who asks. Null: none is needed
 * @param once keeps what is handed out once. A page that nobody sees does not ask then, because another device of the
 * member may need it
 */
export function useToSign(
  path: string | null,
  once: Slot | null = null,
  proof: string | null = null,
): HandedOut {
  const [state, setState] = useState<HandedOut>(NOTHING);
  useEffect(() => {
    setState({ toSign: keptIn(once), problem: null });
    if (path === null) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const toSign = await change<ToSign>(path, proof === null ? undefined : JSON.parse(proof));
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
  }, [path, proof]);
  return state;
}
