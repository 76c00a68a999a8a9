/** Finds an operation's transactions on chain, for what they cost: proved like everything else, or refused. */
import { CTOError } from "../../errors/index.ts";
import { batchesOf } from "../funding/funding.ts";
import type { Attempt, Chain, ChainTransaction, Evidence, Leg, Signature, Step } from "../ports.ts";
import { isPruned, whyUnproved } from "../step/step.ts";
import type { LegHistory } from "./conservation.ts";

const unproved = (step: string, reason: string) => new CTOError("CTO_E_RECOVERY_UNPROVED", { step, reason });

/** Worth asking again: an endpoint lags, or says what contradicts what is known. */
const notKnownNow = ({ signature }: Attempt, reason: string) =>
  new CTOError("CTO_E_RPC_UNAVAILABLE", {
    method: "getSignatureStatuses",
    reason: `${signature} is not found, but ${reason}`,
  });

/**
 * R4: an attempt that is not found is only absent where that is proved, and where the journal has not seen it land. For
 * good it cannot be told only where the records are gone.
 */
function isOnChain(step: Step, attempt: Attempt, evidences: readonly Evidence[]): boolean {
  if (evidences.some(({ statuses }) => statuses.get(attempt.signature))) return true;
  for (const evidence of evidences) {
    const wasAsked = evidence.statuses.has(attempt.signature);
    const doubt = wasAsked ? whyUnproved(attempt, evidence) : "it was not asked for";
    if (doubt === null) continue;
    throw isPruned(attempt, evidence) ? unproved(step.id, doubt) : notKnownNow(attempt, doubt);
  }
  if (evidences.length === 0) throw notKnownNow(attempt, "no endpoint gave evidence");
  if (attempt.status === "landed") throw notKnownNow(attempt, "it has landed");
  return false;
}

/** Every transaction of these steps that is on chain, whether it succeeded or not. */
async function readTransactions(
  chain: Pick<Chain, "gatherEvidence" | "readTransaction">,
  steps: readonly Step[],
): Promise<ReadonlyMap<Signature, ChainTransaction>> {
  const attempts = steps.flatMap((step) => step.attempts.map((attempt) => ({ step, attempt })));
  if (attempts.length === 0) return new Map();
  const evidences = await chain.gatherEvidence(attempts.map(({ attempt }) => attempt.signature));
  const found = await Promise.all(
    attempts
      .filter(({ step, attempt }) => isOnChain(step, attempt, evidences))
      .map(async ({ step, attempt: { signature } }) => {
        const transaction = await chain.readTransaction(signature);
        if (transaction === null) throw unproved(step.id, `no endpoint has ${signature}, which landed`);
        return [signature, transaction] as const;
      }),
  );
  return new Map(found);
}

/**
 * What has happened on chain for each of these legs.
 *
 * @param all legs of the operation
 * @throws `CTO_E_RECOVERY_UNPROVED`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function readHistories(
  chain: Pick<Chain, "gatherEvidence" | "readTransaction">,
  steps: readonly Step[],
  all: readonly Leg[],
  legs: readonly Leg[],
): Promise<ReadonlyMap<number, LegHistory>> {
  const batchOf = new Map(
    batchesOf(all).flatMap((batch) => batch.legs.map(({ index }) => [index, batch.number] as const)),
  );
  const ofLeg = ({ index }: Leg): Step[] =>
    steps.filter(
      ({ kind, leg }) => (kind === "buy" && leg === index) || (kind === "fund" && leg === batchOf.get(index)),
    );
  const wanted = [...new Set(legs.flatMap(ofLeg))];
  const found = await readTransactions(chain, wanted);
  const onChain = (step: Step): ChainTransaction[] =>
    step.attempts.flatMap(({ signature }) => found.get(signature) ?? []);
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
