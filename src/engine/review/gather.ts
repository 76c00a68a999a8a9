/** Gathers the present evidence about a step that needs a review, and formats it for the person who decides. */
import { isUnknown } from "../../errors/index.ts";
import type { Attempt, Chain, Evidence, Operation, Step } from "../ports.ts";
import type { MemoVerdict } from "../restore/memo-history.ts";
import { readStepHistory, type StepHistoryPorts, sayHistory } from "../restore/step-history.ts";
import { type Verdict, whyUnproved } from "../step/step.ts";

export type Gathered = {
  readonly evidences: readonly Evidence[];
  readonly problem: string | null;
  /** What the wallet's history proves about a step of a restored journal; null for any other step. */
  readonly history: MemoVerdict | null;
};

export type ReviewPorts = StepHistoryPorts & { readonly chain: Pick<Chain, "gatherEvidence"> };

/** Returns without evidence if the endpoints fail, because a person may have other information. */
export async function gather(ports: ReviewPorts, operation: Operation, step: Step): Promise<Gathered> {
  const history = await readStepHistory(ports, operation, step);
  try {
    const signatures = step.attempts.map(({ signature }) => signature);
    return { evidences: await ports.chain.gatherEvidence(signatures), problem: null, history };
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return { evidences: [], problem: error.message, history };
  }
}

/** Whether no attempt was ever signed, as far as this journal knows. In a restored one, `history` has the proof. */
export const isUnsigned = ({ status, attempts }: Pick<Step, "status" | "attempts">): boolean =>
  status === "ready" && attempts.length === 0;

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

/** Says what all of the evidence proves about the step. */
export function sayVerdict(step: Step, verdict: Verdict, gathered: Gathered): string {
  const { history } = gathered;
  if (history === null && isUnsigned(step)) return "nothing of it was signed, so nothing of it can land";
  if (history === null) return sayAttempts(verdict, gathered);
  return `${sayHistory(history)}; by the attempts in the journal: ${sayAttempts(verdict, gathered)}`;
}

function sayAttempts(verdict: Verdict, { problem }: Gathered): string {
  if (verdict.verdict === "landed") {
    return `attempt ${verdict.attempt} landed in slot ${verdict.slot}${verdict.finalized ? "" : ", not final yet"}`;
  }
  if (verdict.verdict === "dead") return "every attempt is provably dead";
  return `unknown: ${problem ?? verdict.why}`;
}
