/** Tests that changes of limits at the same time do not undo each other. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { setLimits, viewLimits } from "../../src/services/limits.ts";

const open = async () => {
  const journal = createMemoryJournal({ now: () => new Date(0) });
  await journal.addUser({ id: "alice" });
  return { journal, config: readConfig({}) };
};

it.each([null, "alice"])(
  "two changes of different fields at once both take effect (user: %s)",
  async (userId) => {
    const context = await open();
    await setLimits(context, userId, { maxSlippageBps: 5, maxPriceImpactBps: 6 });
    await Promise.all([
      setLimits(context, userId, { maxWallets: 3 }),
      setLimits(context, userId, { maxOperationLamports: lamports(7n), maxSlippageBps: undefined }),
      setLimits(context, userId, { maxPriceImpactBps: null }),
    ]);
    const { everyone, own } = await viewLimits(context, userId);
    expect(userId === null ? everyone : own).toEqual({
      maxWallets: 3,
      maxOperationLamports: 7n,
      maxPriceImpactBps: null,
    });
  },
);
