/** Lists the known mistakes in returns of what an operation left: of amounts, of endpoints that lie, and of legs that fail. */
import type { Mutant } from "./mutant.ts";

const SIGN = { file: "src/engine/recovery/sign-recovery.ts", suites: ["test/engine/sign-recovery.test.ts"] };
const LEFT = { file: "src/engine/recovery/nothing-left.ts", suites: ["test/engine/nothing-left.test.ts"] };
const TAKEN = { file: "src/engine/recovery/taken.ts", suites: ["test/engine/taken-later.test.ts"] };
const LANDING = { file: "src/engine/recovery/landing.ts" };
const EACH_LEG = { file: "src/engine/step/each-leg.ts", suites: ["test/engine/each-leg.test.ts"] };

/**
 * The simulator cannot find these: one of its endpoints shows what all show, and forwards what it accepts. None of its returns is
 * below its fee, and nobody makes one fail.
 */
export const ENDPOINT_RETURN_MUTANTS: readonly Mutant[] = [
  {
    name: "failed-return-ends",
    mistake: "a leg's only return ends for good because a stranger made its first transaction fail",
    file: "src/engine/recovery/drive-recoveries.ts",
    suites: ["test/engine/return-again.test.ts"],
    edits: [["!cancellable || isShortOfRent(failure)", "isShortOfRent(failure)"]],
  },
  {
    name: "sent-again-to-one-endpoint",
    mistake:
      "an endpoint that accepts transactions and forwards none gets each of them alone, so that they all expire",
    file: "src/engine/step/drive-step.ts",
    suites: ["test/engine/old-refusal.test.ts"],
    edits: [["const everywhere = followedMs > 0 || step.attempts.length > 1;", "const everywhere = false;"]],
  },
  {
    name: "sent-to-every-endpoint-but-one-waited-for",
    mistake: "a transaction that one endpoint refuses counts as refused, although another one accepted it",
    file: "src/chain/send.ts",
    suites: ["test/chain/send-everywhere.test.ts"],
    edits: [["return await Promise.any(accepted);", "return await Promise.race(answers);"]],
  },
  {
    name: "return-ends-before-its-block-is-final",
    mistake:
      "on Tower a return ends on a block that a fork may drop, and the money that comes back is left for good",
    ...LEFT,
    edits: [['(await consensus()) === "alpenglow"', '(await consensus()) !== "alpenglow"']],
  },
  {
    name: "final-state-read-as-confirmed",
    mistake:
      "what a return's end rests on is read at the commitment of all reads, which is not final on Tower",
    file: "src/chain/index.ts",
    suites: ["test/chain/cluster-accounts.test.ts"],
    edits: [['async () => "finalized", size', "commitment, size"]],
  },
  {
    name: "one-endpoint-shows-what-a-wallet-holds",
    mistake:
      "a return is drafted from what one endpoint shows: of the wallet's own money, or one that fails on chain",
    file: "src/engine/recovery/sign-recovery.ts",
    suites: ["test/engine/held.test.ts"],
    edits: [["held.disagreement ?? (await whyMore(", "(await whyMore("]],
  },
  {
    name: "accounts-shown-alike-by-number",
    mistake: "endpoints agree about a wallet's accounts if they show as many, also others",
    file: "src/engine/recovery/held.ts",
    suites: ["test/engine/held.test.ts"],
    edits: [
      [
        "return other?.address === address && other.lamports === lamports && other.program === program;",
        "return other !== undefined || [address, lamports, program].length === 0;",
      ],
    ],
  },
  {
    name: "return-below-its-fee",
    mistake: "a return is signed that costs more than it brings back",
    ...SIGN,
    edits: [["if (back <= fee)", "if (back < 0n)"]],
  },
  {
    name: "return-of-its-signatures-waits",
    mistake:
      "a return that brings back no more than its signatures cost, at any price, waits for lower fees for ever",
    ...SIGN,
    edits: [["if (back <= signatures)", "if (back === 0n)"]],
  },
  {
    name: "one-endpoint-hides-an-account",
    mistake: "the first plan of a return counts on the accounts that one endpoint shows",
    file: "src/engine/recovery/plan-recovery.ts",
    suites: ["test/engine/plan-recovery.test.ts"],
    edits: [["views: read.views.map(viewOf)", "views: [viewOf(read.fetched)]"]],
  },
  {
    name: "one-simulation-leaves-an-account",
    mistake: "an account stays open for good because one endpoint refuses to close it",
    file: "src/engine/recovery/closable-now.ts",
    suites: ["test/engine/sign-recovery.test.ts"],
    edits: [["return agree ? names : null;", "return names;"]],
  },
  {
    name: "return-begins-again-forever",
    mistake: "an endpoint whose rents keep rising keeps a return of funds going without end",
    file: "src/engine/recovery/sign-recovery.ts",
    suites: ["test/engine/sign-recovery.test.ts"],
    edits: [
      [
        "if (left > 1) return simulated(returning, left - 1);\n  const reason",
        "if (left > 1) return simulated(returning, left);\n  const reason",
      ],
    ],
  },
  {
    name: "one-endpoint-ends-a-return",
    mistake: "a return ends for good if one endpoint shows that its wallet holds nothing more of it",
    file: "src/engine/recovery/nothing-left.ts",
    suites: ["test/engine/nothing-left.test.ts"],
    edits: [["if (shown.some(({ back }) => back > most))", "if (shown.some(({ back }) => back < 0n))"]],
  },
  {
    name: "one-endpoint-says-what-is-owed",
    mistake: "what a return owes is calculated from transactions as one endpoint shows them",
    file: "src/engine/recovery/leg-history.ts",
    suites: ["test/engine/leg-history.test.ts"],
    edits: [["chain.readAgreedTransaction ?? chain.readTransaction", "chain.readTransaction"]],
  },
];

export const RETURN_MUTANTS: readonly Mutant[] = [
  {
    name: "returns-of-the-newest-page",
    mistake:
      "a recovery knows what others took from its wallet only from the user's newest thousand operations",
    file: TAKEN.file,
    suites: ["test/engine/taken.test.ts"],
    edits: [["if (page.length < PAGE) return;", "if (page.length <= PAGE) return;"]],
  },
  {
    name: "return-in-the-slot-of-the-funding",
    mistake: "a return in the slot of the funding counts as one since the funding",
    file: TAKEN.file,
    suites: ["test/engine/taken.test.ts"],
    edits: [["landing.earliest > since", "landing.earliest >= since"]],
  },
  {
    name: "return-of-the-same-slots-funding",
    mistake:
      "the return of a funding in the same slot counts against a wallet's own money, although their order is unknown",
    ...TAKEN,
    edits: [["funding.latest < since", "funding.latest <= since"]],
  },
  {
    name: "return-of-no-funding",
    mistake:
      "rents that came back into the wallet itself count as taken from it, and its own money goes to the funding wallet",
    ...TAKEN,
    edits: [["funding !== null && funding.latest < since", "(funding?.latest ?? 0n) < since"]],
  },
  {
    name: "closed-rents-taken",
    mistake: "the rents of accounts that another return closed count as taken from what the wallet had",
    ...TAKEN,
    edits: [["returned > rents ? returned - rents : 0n", "returned"]],
  },
  {
    name: "sweep-that-may-be-later-forgotten",
    mistake:
      "a sweep whose slot is unknown counts only if it surely came after the funding, so money that came later is returned",
    ...TAKEN,
    edits: [["swept && landing.latest > since", "swept && landing.earliest > since"]],
  },
  {
    name: "landing-at-its-blockhash",
    mistake: "what landed by a person's decision counts as landed in the slot of its blockhash",
    ...LANDING,
    suites: ["test/engine/taken-later.test.ts"],
    edits: [["latest: blockhashSlot + SLOTS_OF_LIFE", "latest: blockhashSlot"]],
  },
  {
    name: "signed-return-keeps-its-plan",
    mistake: "a return whose attempts are dead returns what came to its wallet after a sweep",
    file: "src/engine/recovery/plan-again.ts",
    suites: ["test/engine/plan-again.test.ts"],
    edits: [
      ["{ id: stepId, status }", "{ id: stepId, status, attempts }"],
      ['status !== "ready" || isNew', 'status !== "ready" || attempts.length > 0 || isNew'],
    ],
  },
  {
    name: "funding-slot-from-an-endpoint",
    mistake: "an endpoint says whether a sweep came after a funding whose slot the journal has",
    ...LANDING,
    suites: ["test/engine/plan-again.test.ts"],
    edits: [["return paid.find(({ slot }) => slot !== undefined)?.slot ?? null;", "return null;"]],
  },
  {
    name: "shared-signer-fails-each-leg",
    mistake: "if the funding wallet's signer is away, every leg is tried although none can be signed",
    file: EACH_LEG.file,
    suites: ["test/engine/recover.test.ts"],
    edits: [["error.context.address !== shared", "error.context.address.length > 0"]],
  },
  {
    name: "unnamed-signer-fails-one-leg",
    mistake:
      "a signer that fails without a name counts as one leg's own, although it may be the funding wallet's",
    file: EACH_LEG.file,
    suites: ["test/engine/dead-signer.test.ts"],
    edits: [["error.context.address !== undefined && ", ""]],
  },
  {
    name: "any-error-holds-back-one-leg",
    mistake: "an error that concerns all legs stops none of them",
    ...EACH_LEG,
    edits: [["if (!isOwnSigner(error, shared) && !isOwn(error)) throw error;", ""]],
  },
  {
    name: "outage-behind-a-refusal",
    mistake: "a refused leg hides the outage of another, which is then not tried again soon",
    ...EACH_LEG,
    edits: [["heldBack.find(isOutage) ?? heldBack[0]", "heldBack[0]"]],
  },
];
