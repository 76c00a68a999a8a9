/** Describes a receipt's states in plain words, for readers who do not know the system. */
import type { Receipt, ReceiptLeg } from "../../receipts/index.ts";
import type { Wording } from "./tone.ts";

export const LEG_WORDS = {
  ready: { label: "not sent yet", tone: "calm", says: "Nothing was sent for this wallet yet." },
  in_flight: { label: "in flight", tone: "soon", says: "Sent; the cluster has not confirmed it yet." },
  confirmed: {
    label: "confirmed",
    tone: "soon",
    says: "In a block that the cluster has voted for. On a Tower cluster it becomes final 32 slots later, in about 13 seconds; elsewhere what lands is final.",
  },
  finalized: { label: "final", tone: "good", says: "In a block that can no longer be taken back." },
  failed: {
    label: "failed",
    tone: "bad",
    says: "It provably did not buy, and this operation does not try again.",
  },
  cancelled: { label: "cancelled", tone: "calm", says: "It was called off before anything was bought." },
  needs_review: {
    label: "unproved",
    tone: "bad",
    says: "Whether it landed cannot be proved yet; a person looks at it. It is not sent anew.",
  },
} as const satisfies Record<ReceiptLeg["status"], Wording>;

/** The same states for a transaction that returns funds. */
export const RETURN_WORDS = {
  ...LEG_WORDS,
  failed: { label: "failed", tone: "bad", says: "It provably returned nothing." },
  cancelled: { label: "cancelled", tone: "calm", says: "It was called off before anything was returned." },
} as const satisfies Record<ReceiptLeg["status"], Wording>;

const swept = (receipt: Receipt): Wording => ({
  ...completed({ ...receipt, partial: false }),
  ...(receipt.partial ? { label: "Completed in part" } : {}),
});

const completed = ({ partial, settled, totals }: Receipt): Wording => {
  const some = partial ? `${totals.landed} of ${totals.legs} wallets bought; the others did not. ` : "";
  return settled
    ? {
        label: partial ? "Completed in part, final" : "Completed, final",
        tone: "good",
        says: `${some}Everything that landed is final: it can no longer be taken back.`,
      }
    : {
        label: partial ? "Completed in part, not all final" : "Completed, not all final",
        tone: "soon",
        says: `${some}Confirmed, but not yet final for every wallet. Load the page again in a few seconds.`,
      };
};

/** Returns the words for the whole operation's outcome. */
export function wordingOf(receipt: Receipt): Wording {
  switch (receipt.status) {
    case "waiting":
      return { label: "Waiting", tone: "calm", says: "Accepted; nothing has been signed yet." };
    case "active":
      return {
        label: "Running",
        tone: "soon",
        says: "It is being carried out. Load the page again to see more.",
      };
    case "completed":
      return receipt.purpose === "sweep" ? swept(receipt) : completed(receipt);
    case "failed": {
      const what = receipt.purpose === "sweep" ? "returned" : "bought";
      const who = receipt.call === undefined ? "operation" : "call";
      const says = `Nothing was ${what} by this ${who}, and provably nothing will be.`;
      return { label: "Failed", tone: "bad", says };
    }
    case "cancelled":
      return {
        label: "Cancelled",
        tone: "calm",
        says: "It was called off. What had landed by then stays landed; nothing new is signed.",
      };
    case "needs_review":
      return { label: "Needs review", tone: "bad", says: LEG_WORDS.needs_review.says };
  }
}

export const MODE_WORDS = {
  standard: "standard: one funding wallet pays for every buyer, straight to it, in one visible hop",
  prefunded: "prefunded: every wallet pays for itself",
} as const satisfies Record<Receipt["asked"]["mode"], string>;
