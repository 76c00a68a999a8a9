/** What all simulations share: a placeholder for the lifetime, and the compute units that the real transaction requests. */
import type { TransactionDraft } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { MAX_COMPUTE_UNITS } from "./costs.ts";

/** A placeholder for simulations: the node replaces the blockhash. */
export const SIMULATED_LIFETIME: TransactionDraft["lifetime"] = {
  blockhash: "11111111111111111111111111111111" as TransactionDraft["lifetime"]["blockhash"],
  lastValidBlockHeight: 0n,
};

/** Returns the simulated units with a margin, at most what a transaction may request. */
export const computeUnitLimitFor = (used: number, settings: EngineSettings): number =>
  Math.min(
    MAX_COMPUTE_UNITS,
    Math.max(
      Math.ceil((used * settings.computeUnitMarginPercent) / 100),
      used + settings.computeUnitHeadroom,
    ),
  );
