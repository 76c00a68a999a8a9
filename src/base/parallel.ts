/** Runs work in parallel, with a limit. */

/**
 * Runs `work` over `items` in their order, at most `limit` at a time. After the first error, no further item
 * starts. The function waits for all items that have started, then throws that error.
 */
export async function forEachLimited<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      if (errors.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
}

/** Like {@link forEachLimited}. Returns the results in the order of the items. */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  await forEachLimited([...items.entries()], limit, async ([at, item]) => {
    results[at] = await work(item);
  });
  return results;
}
