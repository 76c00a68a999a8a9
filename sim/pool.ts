/** Transactions that have been sent and may yet land: leaders take them at once, late, at the very last, or never. */
import type { Signature } from "../src/engine/ports.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import type { SimTransaction } from "./transaction.ts";

type Waiting = {
  readonly transaction: SimTransaction;
  mood: "normal" | "late" | "doomed" | "dropped" | "rushed";
};

/**
 * What a block includes: run; or failing there, whatever the balances are (`doomed`); or not run, for nothing, because its
 * payer is told that it cannot pay (`unrun`, SIMD-0290).
 */
export type Taken = { readonly transaction: SimTransaction; readonly fate: "run" | "doomed" | "unrun" };

export type Pool = {
  add(transaction: SimTransaction): void;
  /** Answers what a block includes. `lastHeight` is null for what cannot be in it. */
  take(height: number, lastHeightOf: (transaction: SimTransaction) => number | null): Taken[];
  /** A fork gave these back: some nodes still have them. */
  returned(transactions: readonly SimTransaction[]): void;
  get(signature: Signature): SimTransaction | undefined;
  /** What has not been included although it could have been. */
  held(): Iterable<SimTransaction>;
  /** The next block that can have it takes it, and there it succeeds. */
  free(signature: Signature): void;
  /** From now on everything lands that can. */
  rush(): void;
  /** Removes what can never land any more. */
  forget(isOver: (transaction: SimTransaction) => boolean): void;
};

/** Of every sending again, that leaders forget having dropped it. */
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
    // What was dropped stays in the pool only so that the last storm may find it: somebody always kept a copy.
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
      // Sent again, a dropped transaction may have another chance.
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
