/** Describes the states of a call, and of its members, in plain words for readers who do not know the system. */
import type { Wording } from "../receipts/tone.ts";
import type { ShownCall, ShownMember, ShownPhase } from "./shown-call.ts";

const PHASE_WORDS = {
  handed_out: { label: "has it to sign", tone: "soon", says: "It was handed its transaction." },
  signed: { label: "signed", tone: "good", says: "It returned its transaction; nothing of it was sent yet." },
  sent: { label: "sent", tone: "soon", says: "Sent; the cluster has not confirmed it yet." },
  confirmed: {
    label: "confirmed",
    tone: "soon",
    says: "In a block of a Tower cluster; it becomes final 32 slots later.",
  },
  finalized: { label: "final", tone: "good", says: "In a block that can no longer be taken back." },
  dead: {
    label: "did not buy",
    tone: "calm",
    says: "It provably did not buy, and its transaction never can.",
  },
  needs_review: {
    label: "unproved",
    tone: "bad",
    says: "Whether it landed cannot be proved yet; a person looks at it.",
  },
} as const satisfies Record<ShownPhase, Wording>;

const WITHDRAWN: Wording = { label: "withdrew", tone: "calm", says: "It took its pledge back." };
const IDLE: Wording = {
  label: "not asked yet",
  tone: "calm",
  says: "Its page has not asked for the transaction of this round.",
};
const NEVER_ASKED: Wording = {
  label: "took no part",
  tone: "calm",
  says: "Its page never asked for a transaction, so there was nothing to sign.",
};

const HAS_LANDED: readonly (ShownPhase | null)[] = ["confirmed", "finalized"];
const IS_UNDECIDED: readonly (ShownPhase | null)[] = ["sent", "needs_review"];

export const didLand = ({ phase }: ShownMember): boolean => HAS_LANDED.includes(phase);

/** Whether it has a transaction whose end is not known, such as one of a wallet that only sends. */
const isUnproved = ({ phase }: ShownMember): boolean =>
  phase !== null && phase !== "dead" && phase !== "finalized";

/** What landed, was sent or is unproved is said even of a member that withdrew. */
export function memberWords(member: ShownMember, isOver: boolean): Wording {
  const { phase, withdrawn } = member;
  if (withdrawn && !didLand(member) && !IS_UNDECIDED.includes(phase)) return WITHDRAWN;
  if (phase === null) return isOver ? NEVER_ASKED : IDLE;
  return PHASE_WORDS[phase];
}

function musterWords({ muster, waits }: ShownCall): Wording {
  if (waits !== null) return { label: "Waiting", tone: "soon", says: `No round begins yet: ${waits}.` };
  if (muster === null || muster.round === 0)
    return {
      label: "Muster",
      tone: "soon",
      says: "The least is pledged. The transactions are being written.",
    };
  if (muster.released)
    return {
      label: "Being sent",
      tone: "soon",
      says: "Enough wallets have signed. Everything that is signed is sent now, and each transaction lands or fails on its own.",
    };
  const second = muster.round > 1 ? "This is the second round, and the last one. " : "";
  return {
    label: "Members sign",
    tone: "soon",
    says: `${second}Nothing is sent until wallets for the least have signed. If too few sign, nothing is sent at all.`,
  };
}

/** Returns the words for where the call stands. */
export function callWords(call: ShownCall): Wording {
  switch (call.status) {
    case "announced":
      return call.announcement === null
        ? {
            label: "Not published yet",
            tone: "calm",
            says: "The caller has not published the hash of these terms on chain yet. Nobody can join before.",
          }
        : {
            label: "Published",
            tone: "calm",
            says: "The terms are published. Wallets can pledge from the opening on.",
          };
    case "open":
      if (call.waits !== null)
        return { label: "Waiting", tone: "soon", says: `No muster begins yet: ${call.waits}.` };
      return {
        label: "Open",
        tone: "good",
        says: "Wallets can pledge. A pledge spends nothing. When the least is pledged, its members are asked to sign.",
      };
    case "mustering":
      return musterWords(call);
    case "landed":
      return { label: "Over", tone: "good", says: "Each wallet's result is below, as the chain shows it." };
    case "lapsed":
      return {
        label: "Over: nothing was bought",
        tone: "calm",
        says:
          call.muster === null
            ? "No muster began, and nothing was signed or sent."
            : call.muster.members.some(isUnproved)
              ? "No purchase was seen. That nothing lands any more is not proved for each member: see below."
              : "No wallet bought anything, and no transaction of this call can land any more.",
      };
  }
}

/** What the mint's issuer can do to its holders, in words. */
const POWER_WORDS: Readonly<Record<string, string>> = {
  fee: "take a fee of each transfer",
  freeze: "freeze the token in any wallet, so that it cannot be moved",
  hook: "run a program of its own at each transfer, which can refuse it",
};

export const powerWords = (power: string): string => POWER_WORDS[power] ?? power;
