/**
 * Holds the transactions that were sent and may still land. A block includes each one soon, late, in its last possible
 * block, or never.
 */
import type { Signature } from "../src/engine/ports.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import type { SimTransaction } from "./transaction.ts";

type Waiting = {
  readonly transaction: SimTransaction;
  mood: "normal" | "late" | "doomed" | "dropped" | "rushed";
};

/**
 * A transaction that a block includes. `run` executes it. `doomed` makes it fail, independent of the balances. `unrun` does not
 * execute it and costs nothing: its payer counts as unable to pay (SIMD-0290).
 */
export type Taken = { readonly transaction: SimTransaction; readonly fate: "run" | "doomed" | "unrun" };

export type Pool = {
  add(transaction: SimTransaction): void;
  /** Returns the transactions of a block. `lastHeightOf` returns null for a transaction that the block cannot include. */
  take(height: number, lastHeightOf: (transaction: SimTransaction) => number | null): Taken[];
  /** Called with the transactions of blocks that a fork dropped. Some nodes still have them, so they may land again. */
  returned(transactions: readonly SimTransaction[]): void;
  get(signature: Signature): SimTransaction | undefined;
  /** Returns the transactions that are not `rushed`. */
  held(): Iterable<SimTransaction>;
  /** Makes the next block that can include the transaction include it, and makes it succeed there. */
  free(signature: Signature): void;
  /** Makes every transaction land that still can. */
  rush(): void;
  /** Removes the transactions that cannot land any more. */
  forget(isOver: (transaction: SimTransaction) => boolean): void;
};

/** The probability that a dropped transaction gets another chance when it is sent again. */
const SECOND_CHANCE = 0.1;

export function createPool(random: Random, faults: Faults): Pool {
  const waiting = new Map<Signature, Waiting>();
  const inclusion = random.pick([0.9, 0.3, 0.02, 0.005]);

  const moodOf = (): Waiting["mood"] => {
    if (faults.strikes("transaction dropped")) return "dropped";
    if (faults.strikes("transaction fails at the last")) return "doomed";
    return faults.strikes("transaction lands late") ? "late" : "normal";
  };

  const isTaken = ({ mood }: Waiting, height: number, lastHeight: number): boolean => {
    if (mood === "rushed") return true;
    // A dropped transaction stays in the pool only for the storm at the end: some node may always have kept a copy.
    if (mood === "dropped") return false;
    if (mood === "late" || mood === "doomed")
      return height >= lastHeight - faults.shape("transaction lands late").between(0, 3);
    return random.chance(inclusion);
  };

  const fateOf = ({ mood }: Waiting): Taken["fate"] => {
    if (mood === "doomed") return "doomed";
    if (mood === "rushed") return "run";
    if (faults.strikes("transaction fails on chain")) return "doomed";
    return faults.strikes("in a block and not run") ? "unrun" : "run";
  };

  return {
    add(transaction) {
      const known = waiting.get(transaction.signature);
      if (known === undefined) waiting.set(transaction.signature, { transaction, mood: moodOf() });
      // A dropped transaction that is sent again may get another chance.
      else if (known.mood === "dropped" && random.chance(SECOND_CHANCE)) known.mood = moodOf();
    },
    take(height, lastHeightOf) {
      const taken: Taken[] = [];
      for (const entry of waiting.values()) {
        const lastHeight = lastHeightOf(entry.transaction);
        if (lastHeight === null || !isTaken(entry, height, lastHeight)) continue;
        taken.push({ transaction: entry.transaction, fate: fateOf(entry) });
      }
      return taken;
    },
    returned(transactions) {
      for (const transaction of transactions) {
        const known = waiting.get(transaction.signature);
        if (known !== undefined && known.mood !== "rushed") known.mood = moodOf();
      }
    },
    get: (signature) => waiting.get(signature)?.transaction,
    *held() {
      for (const { transaction, mood } of waiting.values()) if (mood !== "rushed") yield transaction;
    },
    free(signature) {
      const known = waiting.get(signature);
      if (known !== undefined) known.mood = "rushed";
    },
    rush() {
      for (const entry of waiting.values()) entry.mood = "rushed";
    },
    forget(isOver) {
      for (const { transaction } of waiting.values())
        if (isOver(transaction)) waiting.delete(transaction.signature);
    },
  };
}
