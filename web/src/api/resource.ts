/** Reads one URL of the API, and repeats the read while the page is visible or the server cannot be reached. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { get, problemFrom } from "./request.ts";
import type { Problem } from "./types.ts";

export type Resource<T> = {
  /** The last answer. It stays while a later request is running or has failed. */
  readonly data: T | null;
  readonly problem: Problem | null;
  readonly reload: () => void;
};

/** The interval of the tries, ms, of a read that is not repeated and got no answer. */
const RETRY_MS = 2_000;

const isUnreachable = (problem: Problem | null): boolean => problem?.status === 0;

/** Returns whether the first answer is still to come: a read without a connection is tried again by itself. */
export const isPending = ({ data, problem }: Resource<unknown>): boolean =>
  data === null && (problem === null || isUnreachable(problem));

type State<T> = { path: string | null; data: T | null; problem: Problem | null };

/**
 * Reads a URL of the API.
 *
 * @param path null if there is nothing to read yet
 * @param read the function that reads; it must be the same one at each call
 * @param everyMs the interval of the reads, ms; a hidden page reads nothing. Absent: one answer is enough
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
    /** Whether the page needs one more answer. */
    let isDue = everyMs !== undefined;
    const ask = async (): Promise<void> => {
      try {
        const data = await read(path, stop.signal);
        if (!stop.signal.aborted) setState({ path, data, problem: null });
        isDue = everyMs !== undefined;
      } catch (error) {
        const problem = problemFrom(error);
        if (stop.signal.aborted || problem === null) return;
        setState((before) => ({ path, data: before.path === path ? before.data : null, problem }));
        isDue = everyMs !== undefined || isUnreachable(problem);
      }
      if (isDue && !stop.signal.aborted) timer = setTimeout(look, everyMs ?? RETRY_MS);
    };
    const look = (): void => {
      clearTimeout(timer);
      if (isDue && document.visibilityState === "visible") void ask();
    };
    void ask();
    document.addEventListener("visibilitychange", look);
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
