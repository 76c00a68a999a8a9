/** Reads what a final transaction did from as many endpoints as must agree. */
import { isCTOError } from "../../errors/index.ts";
import type { Chain, ChainTransaction, Signature } from "../ports.ts";

export type Effects = Pick<Chain, "readTransaction" | "readAgreedTransaction">;

/**
 * Reads what a transaction did, from as many endpoints as must agree. Null: none has it, or they show different effects, and
 * nobody knows which one lies. That is unknown (R4): one endpoint alone must not say what a transaction has bought.
 */
export async function readEffect(chain: Effects, signature: Signature): Promise<ChainTransaction | null> {
  try {
    return await (chain.readAgreedTransaction ?? chain.readTransaction)(signature);
  } catch (error) {
    if (isCTOError(error, "CTO_E_ENDPOINTS_DISAGREE")) return null;
    throw error;
  }
}
