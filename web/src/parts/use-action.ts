/** Runs one change at a time, and keeps its problem. A second click during a running change does nothing. */
import { useRef, useState } from "preact/hooks";
import { problemFrom } from "../api/request.ts";
import type { Problem } from "../api/types.ts";

export type Action = {
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly run: (work: () => Promise<void>) => Promise<void>;
};

export function useAction(): Action {
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (work: () => Promise<void>): Promise<void> => {
    // A state would be updated one render too late: two clicks in one frame must count as one.
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(problemFrom(error));
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
