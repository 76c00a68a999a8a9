/** Says how many endpoints must agree, and waits until so many have answered. */

/** @param set `RESIGN_QUORUM` @param endpoints the number of distinct endpoints */
export const quorumOf = (set: number | undefined, endpoints: number): number => set ?? Math.min(2, endpoints);

/** Resolves when so many have resolved. Rejects with the first failure when too few are left. */
export const untilEnough = (works: readonly Promise<unknown>[], enough: number): Promise<void> =>
  new Promise((resolve, reject) => {
    let answered = 0;
    const failures: unknown[] = [];
    for (const work of works)
      work.then(
        () => {
          answered += 1;
          if (answered >= enough) resolve();
        },
        (error: unknown) => {
          failures.push(error);
          if (works.length - failures.length < enough) reject(failures[0]);
        },
      );
  });
