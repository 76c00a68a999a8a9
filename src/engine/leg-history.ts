/** Finds an operation's transactions on chain, for what they cost: proved like everything else, or refused. */
import { CTOError } from "../errors/index.ts";
import type { LegHistory } from "./conservation.ts";
import { batchesOf } from "./funding.ts";
import type { Attempt, Chain, ChainTransaction, Evidence, Leg, Signature, Step } from "./ports.ts";
import { whyUnproved } from "./step.ts";

const unproved = (step: string, reason: string) => new CTOError("CTO_E_RECOVERY_UNPROVED", { step, reason });

/** R4: an attempt that is not found is only absent where that is proved. */
function isOnChain(step: Step, attempt: Attempt, evidences: readonly Evidence[]): boolean {
  const answers = evidences.map((evidence) => ({
    evidence,
    status: evidence.statuses.get(attempt.signature),
  }));
  if (answers.some(({ status }) => status)) return true;
  for (const { evidence, status } of answers) {
    const doubt = status === undefined ? "it was not asked for" : whyUnproved(attempt, evidence);
    if (doubt !== null) throw unproved(step.id, doubt);
  }
  if (answers.length === 0) throw unproved(step.id, "no endpoint gave evidence");
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
