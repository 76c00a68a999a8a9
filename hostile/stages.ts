/**
 * What stands between an answer and a signature: composing, the keys at hand, the policy, and the simulation. All of it is
 * what the worker runs; only where a worker waits for an endpoint, this refuses.
 */
import { requireHarmless } from "../src/engine/buy/simulate-leg.ts";
import type { TransactionDraft, UnsignedTransaction } from "../src/engine/ports.ts";
import { isCTOError } from "../src/errors/index.ts";
import { judge } from "../src/policy/index.ts";
import type { Honest } from "./honest.ts";
import type { HostileMarket } from "./market.ts";

/** Null where the draft makes no transaction, or one that asks for a key which the step does not bring. */
export function compose(
  { chain }: HostileMarket,
  { meant }: Honest,
  draft: TransactionDraft,
): UnsignedTransaction | null {
  try {
    const unsigned = chain.compose(draft);
    const own = [meant.buyer, meant.payer];
    return unsigned.signers.every((signer) => own.includes(signer)) ? unsigned : null;
  } catch {
    return null;
  }
}

export const isRefusedByPolicy = async ({ meant }: Honest, unsigned: UnsignedTransaction): Promise<boolean> =>
  (await judge(unsigned.messageBytes, meant)) !== null;

/** As the engine simulates a leg before it signs: delivery, and the effect on everything that its wallets own. */
export async function isRefusedBySimulation(
  { chain }: HostileMarket,
  { buy, survey, leg, sizing, open }: Honest,
  unsigned: UnsignedTransaction,
): Promise<boolean> {
  const { lookupTables } = buy;
  try {
    const simulation = await chain.simulate(unsigned, { notBefore: survey.slot, lookupTables });
    requireHarmless(simulation, { ...sizing, open }, leg, buy);
    return false;
  } catch (error) {
    if (isCTOError(error)) return true;
    throw error;
  }
}
