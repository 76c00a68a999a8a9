/** Loads an operation's receipt, or a call's, from the journal, with what a configured cluster adds to it. */

import { CLUSTER_NOTE } from "../base/cluster-name.ts";
import { retryIdOf } from "../base/retry-id.ts";
import { createCallStore } from "../calls/call-store.ts";
import { type Address, isUnderWay, type Journal, type Notes, type Operation } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { createCallReceipt } from "./call-receipt.ts";
import type { ChainReader } from "./chain-reader.ts";
import { createReceipt, type KnownBeside } from "./receipt.ts";
import type { Receipt } from "./types.ts";

type Records = Pick<Journal, "readOperation" | "readLegs" | "readSteps"> & Notes;

/** What a receipt reads from the cluster. */
type Beside = Pick<ChainReader, "decimals" | "genesisHash">;

/**
 * @param reader null if no cluster is configured: the receipt then has amounts, but no prices
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CALL_WITHOUT_RECEIPT`
 */
export async function loadReceipt(
  { journal }: { readonly journal: Records },
  jobId: string,
  reader: Beside | null,
): Promise<Receipt> {
  const operation = await journal.readOperation(jobId);
  if (operation === null) return loadCallReceipt(journal, jobId, reader);
  const [legs, steps, retried, beside] = await Promise.all([
    journal.readLegs(jobId),
    journal.readSteps(jobId),
    retriedBy(journal, operation),
    readBeside(journal, operation.request.tokenAddress, reader),
  ]);
  return createReceipt(operation, legs, steps, { ...retried, ...beside });
}

/** The id may be a call's. */
async function loadCallReceipt(journal: Notes, callId: string, reader: Beside | null): Promise<Receipt> {
  const record = await createCallStore(journal).readCall(callId);
  if (record === null) throw new CTOError("CTO_E_OPERATION_UNKNOWN", { jobId: callId });
  const receipt = createCallReceipt(record, await readBeside(journal, record.call.terms.mint, reader));
  if (receipt === null) throw new CTOError("CTO_E_CALL_WITHOUT_RECEIPT", { callId });
  return receipt;
}

/** An operation under way cannot have a retry. */
async function retriedBy(
  journal: Records,
  { id, status }: Operation,
): Promise<Pick<KnownBeside, "retriedBy">> {
  const retry = isUnderWay({ status }) ? null : await journal.readOperation(retryIdOf(id));
  return retry === null ? {} : { retriedBy: retry.id };
}

/**
 * The journal names its cluster unless that is a localnet; then the endpoint does. All of this is optional: a receipt
 * without it has no prices, or names no cluster.
 */
async function readBeside(
  journal: Notes,
  mint: Address,
  reader: Beside | null,
): Promise<Pick<KnownBeside, "decimals" | "genesisHash">> {
  const note = await journal.readNote(CLUSTER_NOTE);
  const [decimals, genesisHash] = await Promise.all([
    orUndefined(reader?.decimals(mint)),
    note?.value ?? orUndefined(reader?.genesisHash()),
  ]);
  return {
    ...(decimals === undefined ? {} : { decimals }),
    ...(genesisHash === undefined ? {} : { genesisHash }),
  };
}

const orUndefined = <T>(read: Promise<T> | undefined): Promise<T | undefined> =>
  Promise.resolve(read).catch(() => undefined);
