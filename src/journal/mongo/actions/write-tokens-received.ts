/** Stores how many token base units each leg received. */
import type { Store } from "../store.ts";

export const writeTokensReceived = async (
  { operations }: Store,
  id: string,
  received: readonly { leg: number; tokens: bigint }[],
): Promise<void> => {
  if (received.length === 0) return; // MongoDB refuses an empty $set.
  const fields = received.map(({ leg, tokens }) => [`received.${leg}`, tokens.toString()]);
  await operations.updateOne({ _id: id }, { $set: Object.fromEntries(fields) });
};
