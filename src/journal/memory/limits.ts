/** Limits, reservations and the halt, in memory. */
import type { Halt, LimitSet, LimitStore } from "../../engine/ports.ts";
import { DAY_MS, type Held, overspending } from "../spending.ts";

type Row = {
  readonly userId: string;
  readonly walletId: string;
  readonly lamports: bigint;
  readonly at: number;
};

export const memoryLimits = (now: () => Date): LimitStore => {
  const sets = new Map<string | null, LimitSet>();
  const rows = new Map<string, Row>();
  let halt: Halt | null = null;

  const heldBy = (userId: string): Held => {
    const since = now().getTime() - DAY_MS;
    const theirs = [...rows].filter(([, row]) => row.userId === userId);
    const wallets = new Map<string, bigint>();
    let dayLamports = 0n;
    for (const [, { walletId, lamports, at }] of theirs) {
      wallets.set(walletId, (wallets.get(walletId) ?? 0n) + lamports);
      if (at > since) dayLamports += lamports;
    }
    return { dayLamports, wallets, steps: new Map(theirs.map(([id, { lamports }]) => [id, lamports])) };
  };

  return {
    readLimits: async (userId) => ({ everyone: sets.get(null) ?? null, own: sets.get(userId) ?? null }),
    writeLimits: async (userId, limits) => {
      sets.set(userId, limits);
    },
    reserveSpending: async (userId, reservations, caps) => {
      const refused = overspending(reservations, caps, heldBy(userId));
      if (refused !== null) return refused;
      for (const { stepId, walletId, lamports } of reservations) {
        const before = rows.get(stepId);
        if (before !== undefined && before.lamports >= lamports) continue;
        rows.set(stepId, { userId, walletId, lamports, at: before?.at ?? now().getTime() });
      }
      return null;
    },
    releaseSpending: async (userId, stepIds) => {
      for (const id of stepIds) if (rows.get(id)?.userId === userId) rows.delete(id);
    },
    readSpending: async (userId) => {
      const { dayLamports, wallets } = heldBy(userId);
      return { dayLamports, wallets };
    },
    readHalt: async () => halt,
    writeHalt: async (given) => {
      halt = given === null ? null : (halt ?? { ...given, at: now() });
      return halt;
    },
  };
};
