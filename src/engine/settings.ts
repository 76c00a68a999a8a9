/** The engine's few numbers, in one place. */
import type { Times } from "./cluster/times.ts";

export type EngineSettings = {
  /** What is waited for otherwise than the cluster's pace says (`cluster/times.ts`). */
  readonly times?: Partial<Times>;
  /** How many transactions may be signed for one step, each after the one before is provably dead. */
  readonly maxAttempts: number;
  /** The requested compute units are the simulated ones times this, in percent. */
  readonly computeUnitMarginPercent: number;
  /** And at least this many units above the simulated ones. */
  readonly computeUnitHeadroom: number;
  /** Whether the limits on spending must have been set before anything is signed. Asked only where they have not been. */
  readonly limitsRequired: () => Promise<boolean>;
};

export const ENGINE_DEFAULTS = {
  maxAttempts: 3,
  computeUnitMarginPercent: 120,
  // Deriving an address from a wallet's costs 1,500 units per bump that is tried, and every wallet needs another number
  // of tries. A buy derives up to three (token account, wrapped SOL, a venue's accumulator): 24 tries more than the
  // simulated leg needed are less than one in a million.
  computeUnitHeadroom: 36_000,
  limitsRequired: async () => true,
} as const satisfies EngineSettings;
