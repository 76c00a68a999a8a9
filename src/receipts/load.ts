/** Loads an operation's receipt, or a call's, from the journal, with the token's decimals if a cluster is configured. */
import { createCallStore } from "../calls/call-store.ts";
import type { Address, Journal, Notes } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { createCallReceipt } from "./call-receipt.ts";
import type { ChainReader } from "./chain-reader.ts";
import { createReceipt } from "./receipt.ts";
import type { Receipt } from "./types.ts";

/**
 * @param reader null if no cluster is configured: the receipt then has amounts, but no prices
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function loadReceipt(
  { journal }: { readonly journal: Pick<Journal, "readOperation" | "readLegs" | "readSteps"> & Notes },
  jobId: string,
  reader: Pick<ChainReader, "decimals"> | null,
): Promise<Receipt> {
  const operation = await journal.readOperation(jobId);
  if (operation === null) return loadCallReceipt(journal, jobId, reader);
  const [legs, steps] = await Promise.all([journal.readLegs(jobId), journal.readSteps(jobId)]);
  const decimals = await decimalsOf(reader, operation.request.tokenAddress);
  return createReceipt(operation, legs, steps, decimals === undefined ? {} : { decimals });
}

/** The id may be a call's. */
async function loadCallReceipt(
  notes: Notes,
  callId: string,
  reader: Pick<ChainReader, "decimals"> | null,
): Promise<Receipt> {
  const record = await createCallStore(notes).readCall(callId);
  const decimals = record === null ? undefined : await decimalsOf(reader, record.call.terms.mint);
  const receipt = record && createCallReceipt(record, decimals === undefined ? {} : { decimals });
  if (receipt === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: callId });
  return receipt;
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
