/** The engine's few numbers, in one place. */
export type EngineSettings = {
  /** How long one look at a signature lasts before the same bytes are sent again, in ms. */
  readonly rebroadcastMs: number;
  /** How long after its signing a step whose fate is unknown goes to review, in ms. */
  readonly reviewAfterMs: number;
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
  // Nodes re-broadcast every 2 s themselves; a slower beat would leave gaps when a leader drops the transaction.
  rebroadcastMs: 2_000,
  // Ten times the life of a blockhash.
  reviewAfterMs: 600_000,
  maxAttempts: 3,
  computeUnitMarginPercent: 120,
  // Deriving an address from a wallet's costs 1,500 units per bump that is tried, and every wallet needs another number
  // of tries. A buy derives up to three (token account, wrapped SOL, a venue's accumulator): 24 tries more than the
  // simulated leg needed are less than one in a million.
  computeUnitHeadroom: 36_000,
  limitsRequired: async () => true,
} as const satisfies EngineSettings;
