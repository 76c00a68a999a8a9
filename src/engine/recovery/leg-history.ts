/**
 * Reads an operation's transactions from the chain, for their costs. Each one must be proved present or absent;
 * otherwise the read is refused.
 */
import { CTOError } from "../../errors/index.ts";
import { batchesOf } from "../funding/funding.ts";
import type { Attempt, Chain, ChainTransaction, Evidence, Leg, Signature, Step } from "../ports.ts";
import { isPruned, whyUnproved } from "../step/step.ts";
import type { LegHistory } from "./conservation.ts";

const unproved = (step: string, reason: string) => new CTOError("CTO_E_RECOVERY_UNPROVED", { step, reason });

/** An error that is worth a retry: an endpoint lags, or contradicts what we already know. */
const notKnownNow = ({ signature }: Attempt, reason: string) =>
  new CTOError("CTO_E_RPC_UNAVAILABLE", {
    method: "getSignatureStatuses",
    reason: `${signature} is not found, but ${reason}`,
  });

/**
 * R4: an attempt without a status counts as absent only if that is proved, and if the journal has not seen it land.
 * We refuse for good only if the endpoint's records do not reach back; every other doubt is worth a retry.
 */
function isOnChain(step: Step, attempt: Attempt, evidences: readonly Evidence[]): boolean {
  if (evidences.some(({ statuses }) => statuses.get(attempt.signature))) return true;
  for (const evidence of evidences) {
    const wasRequested = evidence.statuses.has(attempt.signature);
    const doubt = wasRequested ? whyUnproved(attempt, evidence) : "it was not asked for";
    if (doubt === null) continue;
    throw isPruned(attempt, evidence) ? unproved(step.id, doubt) : notKnownNow(attempt, doubt);
  }
  if (evidences.length === 0) throw notKnownNow(attempt, "no endpoint gave evidence");
  if (attempt.status === "landed") throw notKnownNow(attempt, "it has landed");
  return false;
}

/** No endpoint has a transaction that landed. It is lost only if no endpoint's records reach back; else one lags. */
const missing = (step: Step, attempt: Attempt, evidences: readonly Evidence[]): CTOError =>
  evidences.every((evidence) => isPruned(attempt, evidence))
    ? unproved(step.id, `no endpoint has ${attempt.signature}, which landed`)
    : notKnownNow(attempt, "it has landed");

/** Returns the steps that paid the leg's wallet, or bought for it. @param all all legs of the operation */
export function stepsOfLeg(steps: readonly Step[], all: readonly Leg[], { index }: Leg): Step[] {
  const batch = batchesOf(all).find(({ legs }) => legs.some((leg) => leg.index === index))?.number;
  return steps.filter(
    ({ kind, number }) => (kind === "buy" && number === index) || (kind === "fund" && number === batch),
  );
}

type Histories = Pick<Chain, "gatherEvidence" | "readTransaction" | "readAgreedTransaction">;

/** Returns every transaction of these steps that is on chain, including failed ones. */
async function readTransactions(
  chain: Histories,
  steps: readonly Step[],
): Promise<ReadonlyMap<Signature, ChainTransaction>> {
  const attempts = steps.flatMap((step) => step.attempts.map((attempt) => ({ step, attempt })));
  if (attempts.length === 0) return new Map();
  // What a return owes, and so what it leaves for good, follows from these alone.
  const read = chain.readAgreedTransaction ?? chain.readTransaction;
  const evidences = await chain.gatherEvidence(attempts.map(({ attempt }) => attempt.signature));
  const found = await Promise.all(
    attempts
      .filter(({ step, attempt }) => isOnChain(step, attempt, evidences))
      .map(async ({ step, attempt }) => {
        const { signature } = attempt;
        const transaction = await read(signature);
        if (transaction === null) throw missing(step, attempt, evidences);
        return [signature, transaction] as const;
      }),
  );
  return new Map(found);
}

/**
 * Returns what has happened on chain for each of these legs.
 *
 * @param all all legs of the operation
 * @throws `CTO_E_RECOVERY_UNPROVED`, `CTO_E_ENDPOINTS_DISAGREE`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function readHistories(
  chain: Histories,
  steps: readonly Step[],
  all: readonly Leg[],
  legs: readonly Leg[],
): Promise<ReadonlyMap<number, LegHistory>> {
  const ofLeg = (leg: Leg): Step[] => stepsOfLeg(steps, all, leg);
  const wanted = [...new Set(legs.flatMap(ofLeg))];
  const found = await readTransactions(chain, wanted);
  // The journal's slot decides which sweep came after the funding: one endpoint alone must not say so.
  const onChain = (step: Step): ChainTransaction[] =>
    step.attempts.flatMap(({ signature, slot }) => {
      const transaction = found.get(signature);
      return transaction ? [{ ...transaction, slot: slot ?? transaction.slot }] : [];
    });
  return new Map(
    legs.map((leg) => {
      const own = ofLeg(leg);
      const funds = own.filter(({ kind }) => kind === "fund").flatMap(onChain);
      const fund = funds.find(({ failed }) => !failed) ?? null;
      const buys = own.filter(({ kind }) => kind === "buy").flatMap(onChain);
      return [leg.index, { wallet: leg.address, fund, buys }];
    }),
  );
}
