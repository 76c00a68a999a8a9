/** Whether a transaction exceeds what its version may hold, in any way: a shorter route, or funding ahead, may help. */
import { MAX_INSTRUCTIONS } from "../../base/transaction-limits.ts";
import { CTOError } from "../../errors/index.ts";
import type { Simulation } from "../ports.ts";

/** What the runtime says of a transaction whose programs call too many others. */
const TRACE_TOO_LONG = "MaxInstructionTraceLengthExceeded";

/**
 * A simulated transaction must have succeeded, with no more instructions than may run: only a simulation shows those that
 * programs call.
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
