/**
 * Checks that a simulated transaction succeeded and does not run too many instructions. A shorter route, or funding
 * ahead, may help if it does.
 */
import { MAX_INSTRUCTIONS } from "../../base/transaction-limits.ts";
import { CTOError } from "../../errors/index.ts";
import type { Simulation } from "../ports.ts";

/** The runtime's error for a transaction whose programs call too many others. */
const TRACE_TOO_LONG = "MaxInstructionTraceLengthExceeded";

/**
 * Requires that a simulated transaction succeeded, with no more instructions than may run. Only a simulation shows
 * the inner instructions.
 *
 * @throws `CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS`, `CTO_E_TRANSACTION_REFUSED`
 */
export function requireSimulated({
  failure,
  instructions,
}: Pick<Simulation, "failure" | "instructions">): void {
  const isTooLong = JSON.stringify(failure?.error ?? null).includes(TRACE_TOO_LONG);
  const ran = Math.max(instructions ?? 0, isTooLong ? MAX_INSTRUCTIONS + 1 : 0);
  if (ran > MAX_INSTRUCTIONS) {
    throw new CTOError("CTO_E_TRANSACTION_TOO_MANY_INSTRUCTIONS", {
      instructions: ran,
      limit: MAX_INSTRUCTIONS,
    });
  }
  if (failure !== null) throw new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: failure.message });
}
