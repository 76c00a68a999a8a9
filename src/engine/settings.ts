/** Defines the engine's settings and their defaults. */
import type { Times } from "./cluster/times.ts";

export type EngineSettings = {
  /** Overrides of the times that follow from the cluster's pace (`cluster/times.ts`). */
  readonly times?: Partial<Times>;
  /** How many transactions we may sign for one step. Each is signed only after the previous one is provably dead. */
  readonly maxAttempts: number;
  /** The requested compute units are the simulated ones times this, in percent. */
  readonly computeUnitMarginPercent: number;
  /** The requested compute units exceed the simulated ones by at least this many units. */
  readonly computeUnitHeadroom: number;
  /** Whether the spend limits must be set before anything is signed. Called only if they are not set. */
  readonly limitsRequired: () => Promise<boolean>;
};

export const ENGINE_DEFAULTS = {
  maxAttempts: 3,
  computeUnitMarginPercent: 120,
  // Deriving an address from a wallet's costs 1,500 units per bump that is tried. The number of tries differs for
  // each wallet. A buy derives up to three addresses (token account, wrapped SOL, a venue's accumulator). The
  // probability that a leg needs more than 24 tries above the simulated leg is below one in a million.
  computeUnitHeadroom: 36_000,
  limitsRequired: async () => true,
} as const satisfies EngineSettings;
