/**
 * Describes the journal's states in plain words, each with a tone that chooses its icon and colour. Colour alone never
 * carries a meaning.
 */
import type { OperationStatus, StepStatus } from "../api/types.ts";

export type Tone = "idle" | "busy" | "good" | "bad" | "warn" | "off";

type Word = { readonly label: string; readonly tone: Tone; readonly meaning: string };

export const OPERATION_WORDS: Readonly<Record<OperationStatus, Word>> = {
  waiting: { label: "Waiting", tone: "idle", meaning: "Accepted; no worker has begun it." },
  active: { label: "Active", tone: "busy", meaning: "A worker carries it out." },
  completed: { label: "Completed", tone: "good", meaning: "Every wallet that could buy has bought." },
  failed: { label: "Failed", tone: "bad", meaning: "This operation bought nothing, and will buy nothing." },
  cancelled: { label: "Cancelled", tone: "off", meaning: "Stopped; what had landed by then stays bought." },
  needs_review: {
    label: "Needs review",
    tone: "warn",
    meaning: "No endpoint proves whether a transaction landed; a person must decide.",
  },
};

export const STEP_WORDS: Readonly<Record<StepStatus, Word>> = {
  ready: { label: "Not signed yet", tone: "idle", meaning: "No transaction of it can land." },
  in_flight: {
    label: "Signed, on its way",
    tone: "busy",
    meaning: "Signed and written down; the same bytes are sent until they land or expire.",
  },
  confirmed: {
    label: "Landed",
    tone: "good",
    meaning:
      "Confirmed by a Tower cluster, and final 32 slots later. Where blocks are final at once, it is final when it lands.",
  },
  finalized: { label: "Landed, final", tone: "good", meaning: "On chain for good." },
  failed: {
    label: "Did not land",
    tone: "bad",
    meaning: "Provably did not land, and this operation does not try again.",
  },
  cancelled: {
    label: "Never sent",
    tone: "off",
    meaning: "The operation was stopped before this was signed.",
  },
  needs_review: {
    label: "Unknown",
    tone: "warn",
    meaning: "The endpoints give no proof either way. Unknown is not failed: it is not signed again.",
  },
};

/** A transaction landed, so the step cannot be undone by us. */
export const hasLanded = (status: StepStatus): boolean => status === "confirmed" || status === "finalized";

/** Whether a worker still has something to do for it. An operation that needs a review is neither under way nor over. */
export const isUnderWay = (status: OperationStatus): boolean => status === "waiting" || status === "active";
