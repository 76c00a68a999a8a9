/** Requests an estimate shortly after the typing stops, and repeats it while the page is visible. */
import { useEffect, useState } from "preact/hooks";
import { change, problemFrom } from "../../api/request.ts";
import type { Estimate, Problem } from "../../api/types.ts";
import { expected } from "./expected.ts";

const TYPING_MS = 400;
/** Prices change, so we repeat an estimate after this time, ms. */
const STALE_MS = 10_000;

export type Estimated = {
  /** The request of this estimate, as text. We must not show an estimate with another request. */
  readonly of: string | null;
  readonly estimate: Estimate | null;
  readonly problem: Problem | null;
  /** Requests it anew, after something that it depends on has changed. */
  readonly again: () => void;
};

type Known = Omit<Estimated, "again">;
const NOTHING: Known = { of: null, estimate: null, problem: null };

/** @param request the body as JSON text; null if it is not complete yet */
export function useEstimate(request: string | null): Estimated {
  const [state, setState] = useState<Known>(NOTHING);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (request === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      if (document.visibilityState === "visible") {
        try {
          const body: unknown = JSON.parse(request);
          const estimate = await change<Estimate>("/v1/operations/estimate", body, { signal: stop.signal });
          if (!stop.signal.aborted) setState({ of: request, estimate: expected(estimate), problem: null });
        } catch (error) {
          const problem = problemFrom(error);
          if (!stop.signal.aborted && problem !== null) setState({ of: request, estimate: null, problem });
        }
      }
      if (!stop.signal.aborted) timer = setTimeout(ask, STALE_MS);
    };
    timer = setTimeout(ask, TYPING_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [request, round]);
  const again = (): void => setRound((before) => before + 1);
  return { ...(request !== null && state.of === request ? state : NOTHING), again };
}
