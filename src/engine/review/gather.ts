/** Gathers the present evidence about a step that needs a review, and formats it for the person who decides. */
import { isUnknown } from "../../errors/index.ts";
import type { Attempt, Evidence, Ports, Step } from "../ports.ts";
import { type Verdict, whyUnproved } from "../step/step.ts";

export type Gathered = { readonly evidences: readonly Evidence[]; readonly problem: string | null };

/** Returns without evidence if the endpoints fail, because a person may have other information. */
export async function gather({ chain }: Pick<Ports, "chain">, { attempts }: Step): Promise<Gathered> {
  try {
    const evidences = await chain.gatherEvidence(attempts.map(({ signature }) => signature));
    return { evidences, problem: null };
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return { evidences: [], problem: error.message };
  }
}

/** Says what one endpoint returned about one attempt. */
export function sayStatus(attempt: Attempt, evidence: Evidence): string {
  const status = evidence.statuses.get(attempt.signature);
  if (status === undefined) return "was not asked";
  if (status === null) {
    const doubt = whyUnproved(attempt, evidence);
    return doubt === null ? "not found, and expired: it cannot land any more" : `not found, but ${doubt}`;
  }
  const when = `in slot ${status.slot}, ${status.finalized ? "final" : "not final yet"}`;
  return status.failure === null ? `landed ${when}` : `failed on chain ${when}: ${status.failure.message}`;
}

/** Says what all of the evidence proves. */
export function sayVerdict(verdict: Verdict, { problem }: Gathered): string {
  if (verdict.verdict === "landed") {
    return `attempt ${verdict.attempt} landed in slot ${verdict.slot}${verdict.finalized ? "" : ", not final yet"}`;
  }
  if (verdict.verdict === "dead") return "every attempt is provably dead";
  return `unknown: ${problem ?? verdict.why}`;
}
