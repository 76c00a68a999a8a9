/** Measures how fast the cluster's blocks come, so that a number of blocks can be said in seconds. */
import { useRef } from "preact/hooks";

/** Fewer blocks say too little: the heights that the server reads are some blocks old. */
const LEAST_BLOCKS = 5;

/** Returns the ms per block since the first height that it was given; null before enough blocks have passed. */
export function usePace(height: string): number | null {
  const first = useRef<{ height: number; at: number } | null>(null);
  const last = useRef<{ height: number; pace: number | null }>({ height: 0, pace: null });
  const now = Number(height);
  first.current ??= { height: now, at: Date.now() };
  if (now !== last.current.height) {
    const blocks = now - first.current.height;
    const pace = blocks < LEAST_BLOCKS ? null : (Date.now() - first.current.at) / blocks;
    last.current = { height: now, pace };
  }
  return last.current.pace;
}
