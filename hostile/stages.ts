/** What stands between an answer and a signature: composing, the keys at hand, the policy, and the simulation. */
import { holdingsOf, requireDelivery } from "../src/engine/buy/delivery.ts";
import type { Lamports, TransactionDraft, UnsignedTransaction } from "../src/engine/ports.ts";
import { isCTOError } from "../src/errors/index.ts";
import type { Simulation } from "../src/localnet/cluster.ts";
import { judge } from "../src/policy/index.ts";
import type { Honest } from "./honest.ts";
import type { House } from "./house.ts";
import { tokenOf } from "./token-accounts.ts";

/** Null where the draft makes no transaction, or one that asks for a key which the step does not bring. */
export function compose(
  { chain }: House,
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

/** As the engine reads a simulation before it signs. */
export function isRefusedBySimulation({ buy, survey, meant }: Honest, run: Simulation): boolean {
  if (run.err !== null) return true;
  const tokensAfter = new Map(
    run.accounts.flatMap((account) => {
      const token = tokenOf(account);
      return token === null ? [] : [[account.address, token.amount] as const];
    }),
  );
  const simulation = {
    unitsConsumed: Number(run.unitsConsumed),
    failure: null,
    balancesAfter: new Map(run.accounts.map(({ address, lamports }) => [address, lamports as Lamports])),
    tokensAfter,
  };
  try {
    requireDelivery(buy, holdingsOf(survey, meant.buyer), simulation);
    return false;
  } catch (error) {
    if (isCTOError(error, "CTO_E_TRANSACTION_REFUSED")) return true;
    throw error;
  }
}
