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
};

export const ENGINE_DEFAULTS = {
  // Nodes re-broadcast every 2 s themselves; a slower beat would leave gaps when a leader drops the transaction.
  rebroadcastMs: 2_000,
  // Ten times the life of a blockhash.
  reviewAfterMs: 600_000,
  maxAttempts: 3,
  computeUnitMarginPercent: 120,
} as const satisfies EngineSettings;
