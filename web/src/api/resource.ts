/** Reads one URL of the API, and repeats the read while the page is visible. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { get, problemFrom } from "./request.ts";
import type { Problem } from "./types.ts";

export type Resource<T> = {
  /** The last answer. It stays while a later request is running or has failed. */
  readonly data: T | null;
  readonly problem: Problem | null;
  readonly reload: () => void;
};

type State<T> = { path: string | null; data: T | null; problem: Problem | null };

/**
 * Reads a URL of the API.
 *
 * @param path null if there is nothing to read yet
 * @param read the function that reads; it must be the same one at each call
 * @param everyMs the interval of the reads, ms; a hidden page reads nothing. Absent: one read
 */
export function useResource<T>(
  path: string | null,
  everyMs?: number,
  read: (path: string, signal: AbortSignal) => Promise<T> = get<T>,
): Resource<T> {
  const [state, setState] = useState<State<T>>({ path, data: null, problem: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const data = await read(path, stop.signal);
        if (!stop.signal.aborted) setState({ path, data, problem: null });
      } catch (error) {
        const problem = problemFrom(error);
        if (stop.signal.aborted || problem === null) return;
        setState((before) => ({ path, data: before.path === path ? before.data : null, problem }));
      }
      if (everyMs !== undefined && !stop.signal.aborted) timer = setTimeout(look, everyMs);
    };
    const look = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") void ask();
    };
    void ask();
    if (everyMs !== undefined) document.addEventListener("visibilitychange", look);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [path, everyMs, round]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  const current = state.path === path;
  return { data: current ? state.data : null, problem: current ? state.problem : null, reload };
}
