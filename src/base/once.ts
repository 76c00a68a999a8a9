/** Computes a value once, on first use. */

export type Once<Value> = {
  (): Promise<Value>;
  /**
   * Drops the value, so that the next call makes it again. Returns the dropped value, or undefined if there was none.
   */
  forget(): Promise<Value> | undefined;
};

/** Calls `make` on first use and keeps its result. A failure is not kept. */
export function once<Value>(make: () => Promise<Value>): Once<Value> {
  let kept: Promise<Value> | undefined;
  const call = (): Promise<Value> => {
    if (kept !== undefined) return kept;
    const made: Promise<Value> = make().catch((error: unknown) => {
      if (kept === made) kept = undefined;
      throw error;
    });
    kept = made;
    return made;
  };
  return Object.assign(call, {
    forget() {
      const dropped = kept;
      kept = undefined;
      return dropped;
    },
  });
}
