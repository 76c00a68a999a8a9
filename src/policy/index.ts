/**
 * The policy (P1) decodes a transaction's final bytes to the last instruction and approves only what was
 * meant. Nothing is signed without its approval.
 *
 * It derives the expected transaction only from what was meant, and compares. It sends no requests and never
 * reads the draft.
 */
import type { Meant, Policy } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { excessOf, expectedOf, hiddenOf } from "./kinds.ts";
import { readMessage } from "./message.ts";
import { Refused } from "./refused.ts";
import { fill } from "./slots.ts";
import { verdicts } from "./verdicts.ts";

/**
 * Returns null if the bytes do what was meant and nothing else. Otherwise it returns the reason, a phrase for people.
 */
export async function judge(messageBytes: Uint8Array, meant: Meant): Promise<string | null> {
  try {
    const message = readMessage(messageBytes, meant.kind === "buy" ? meant.lookupTables : {});
    const { signers, slots } = await expectedOf(meant, message);
    const [payer, ...others] = message.signers;
    if (payer !== signers[0]) return `${payer} pays the fee instead of ${signers[0]}`;
    if (others.length !== signers.length - 1 || others.some((one) => !signers.includes(one)))
      return `it is signed by ${message.signers.join(", ")} instead of ${signers.join(", ")}`;
    return excessOf(meant, message) ?? (await hiddenOf(meant, message)) ?? fill(slots, message.instructions);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

/**
 * @example
 * const approved = await createPolicy().approve(chain.compose(draft), meant);
 * await keyring.sign(approved, walletIds);
 */
export const createPolicy = (): Policy => ({
  async approve({ messageBytes }, meant) {
    // The policy judges and seals the same copy.
    const bytes = new Uint8Array(messageBytes);
    const reason = await judge(bytes, meant);
    if (reason !== null) throw new CTOError("CTO_E_POLICY_REFUSED", { kind: meant.kind, reason });
    return verdicts.seal(bytes);
  },
});
