/** Notices the muster's end by the server's time, also if the server cannot be reached then. */
import { useEffect, useState } from "preact/hooks";
import { hasEnded } from "./handed-out.ts";
import { serverNow } from "./page.ts";

/** The longest time of a browser's timer, ms. */
const LONGEST_MS = 2_147_483_647;

/** A page that nobody sees has late timers, so whoever acts on a press asks again. */
export function useMusterOver(endsAt: string): { readonly over: boolean; readonly askAgain: () => boolean } {
  const [over, setOver] = useState(hasEnded(endsAt, serverNow()));
  const askAgain = (): boolean => {
    const isOver = hasEnded(endsAt, serverNow());
    setOver(isOver);
    return isOver;
  };
  useEffect(() => {
    if (askAgain()) return;
    const timer = setTimeout(askAgain, Math.min(LONGEST_MS, Date.parse(endsAt) - serverNow()));
    return () => clearTimeout(timer);
  }, [endsAt]);
  return { over, askAgain };
}
