/** Bytes that no policy has seen, with a verdict all the same: for tests that stand in for somebody else who has the keys. */
import type { ApprovedTransaction, Policy, UnsignedTransaction } from "../../src/engine/ports.ts";
import { verdicts } from "../../src/policy/verdicts.ts";

export const unjudged = ({ messageBytes }: Pick<UnsignedTransaction, "messageBytes">): ApprovedTransaction =>
  verdicts.seal(messageBytes);

/** For tests that put something into every buy which no buy would hold. Whatever else is signed is judged. */
export const exceptBuys = (policy: Policy): Policy => ({
  approve: async (unsigned, meant) =>
    meant.kind === "buy" ? unjudged(unsigned) : policy.approve(unsigned, meant),
});
