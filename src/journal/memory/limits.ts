/** Stores limits, reservations and the halt in memory. */
import { isDeepStrictEqual } from "node:util";
import type { Halt, LimitSet, LimitStore, Parts, ReservedKind } from "../../engine/ports.ts";
import {
  changesOf,
  DAY_MS,
  type Held,
  type HeldRow,
  NOTHING,
  operationOf,
  overspending,
  plus,
  rowKey,
  STILL_OPEN,
  settledRows,
} from "../spending.ts";

type MemoryRow = HeldRow & {
  readonly userId: string;
  readonly stepId: string;
  readonly kind: ReservedKind;
  readonly at: number;
};

export const memoryLimits = (now: () => Date): LimitStore => {
  const sets = new Map<string | null, LimitSet>();
  const rows = new Map<string, MemoryRow>();
  let halt: Halt | null = null;

  const heldBy = (userId: string): Held => {
    const since = now().getTime() - DAY_MS;
    const theirs = [...rows].filter(([, row]) => row.userId === userId);
    const wallets = new Map<string, Parts>();
    const operations = new Map<string, bigint>();
    let day = NOTHING;
    for (const [, row] of theirs) {
      const { walletId, kind, lamports, at } = row;
      if (lamports === 0n) continue;
      wallets.set(walletId, plus(wallets.get(walletId) ?? NOTHING, kind, lamports));
      operations.set(operationOf(row), (operations.get(operationOf(row)) ?? 0n) + lamports);
      if (at > since) day = plus(day, kind, lamports);
    }
    return { day, wallets, operations, rows: new Map(theirs) };
  };

  return {
    readLimits: async (userId) => ({ everyone: sets.get(null) ?? null, own: sets.get(userId) ?? null }),
    writeLimits: async (userId, limits, before) => {
      if (before !== undefined && !isDeepStrictEqual(sets.get(userId) ?? null, before)) return false;
      sets.set(userId, limits);
      return true;
    },
    reserveSpending: async (userId, reservations, caps) => {
      const held = heldBy(userId);
      const refused = overspending(reservations, caps, held);
      if (refused !== null) return refused;
      for (const { before, ...reserved } of changesOf(reservations, held.rows)) {
        const key = rowKey(reserved);
        rows.set(key, { ...reserved, userId, settled: false, at: STILL_OPEN.getTime() });
      }
      return null;
    },
    settleSpending: async (userId, taken) => {
      for (const { before, ...settled } of settledRows(taken, heldBy(userId).rows)) {
        const key = rowKey(settled);
        const known = rows.get(key);
        if (known !== undefined && known.userId !== userId) continue; // We never change another user's row.
        const at = now().getTime();
        rows.set(key, { ...settled, walletId: before.walletId, settled: true, userId, at });
      }
    },
    readSpending: async (userId) => {
      const { day, wallets } = heldBy(userId);
      return { day, wallets };
    },
    readHalt: async () => halt,
    writeHalt: async (given) => {
      halt = given === null ? null : (halt ?? { ...given, at: now() });
      return halt;
    },
  };
};
