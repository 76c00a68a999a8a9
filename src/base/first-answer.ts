/** Asks sources in their order until one answers, for reads that any of them may answer alone. */

/**
 * @throws what the first source threw, if none answers
 * @example
 * const decimals = await firstAnswer(readers, (reader) => reader.decimals(mint));
 */
export async function firstAnswer<Source, Answer>(
  [first, ...others]: readonly [Source, ...Source[]],
  ask: (source: Source) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask(first);
  } catch (error) {
    for (const other of others) {
      try {
        return await ask(other);
      } catch {
        // The first failure says why: the endpoints before it in the list matter more.
      }
    }
    throw error;
  }
}
