/** Loads an operation's receipt from the journal, with the token's decimals if a cluster is configured. */
import type { Address, Journal } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import type { ChainReader } from "./chain-reader.ts";
import { createReceipt } from "./receipt.ts";
import type { Receipt } from "./types.ts";

/**
 * @param reader null if no cluster is configured: the receipt then has amounts, but no prices
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function loadReceipt(
  { journal }: { readonly journal: Pick<Journal, "readOperation" | "readLegs" | "readSteps"> },
  jobId: string,
  reader: Pick<ChainReader, "decimals"> | null,
): Promise<Receipt> {
  const operation = await journal.readOperation(jobId);
  if (operation === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId });
  const [legs, steps] = await Promise.all([journal.readLegs(jobId), journal.readSteps(jobId)]);
  const decimals = await decimalsOf(reader, operation.request.tokenAddress);
  return createReceipt(operation, legs, steps, decimals === undefined ? {} : { decimals });
}

/** Prices are optional: if we cannot read the decimals, the receipt has no prices. */
const decimalsOf = async (
  reader: Pick<ChainReader, "decimals"> | null,
  mint: Address,
): Promise<number | undefined> => {
  try {
    return await reader?.decimals(mint);
  } catch {
    return undefined;
  }
};
