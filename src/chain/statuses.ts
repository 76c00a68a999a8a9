/** Asks for the statuses of signatures, and checks every part of the answer that money hangs on. */
import { z } from "zod";
import type { Signature, TransactionFailure } from "../engine/ports.ts";
import { inContext, u64 } from "./answers.ts";
import { askInBatches, type BatchSize, settleTooMany } from "./batches.ts";
import { describeFailure } from "./failure.ts";
import type { Call } from "./rpc.ts";

/** What the node knows of one signature. `processed` may still be dropped: it counts as seen by nobody. */
export type Status = {
  readonly slot: bigint;
  readonly commitment: "processed" | "confirmed" | "finalized";
  readonly failure: TransactionFailure | null;
};

/** The most that `getSignatureStatuses` takes; with history search, providers ask for far smaller batches. */
export const STATUS_BATCH = 256;
export const HISTORY_BATCH = 10;

const status = z
  .object({
    slot: u64,
    // Required, though it may be null: a missing `err` must not read as success.
    err: z.union([z.null(), z.string(), z.record(z.string(), z.unknown())]),
    // Null in entries of old nodes that only give `confirmations`, of which null says finalized.
    confirmationStatus: z.enum(["processed", "confirmed", "finalized"]).nullable().optional(),
    confirmations: u64.nullable(),
  })
  .transform(({ slot, err, confirmationStatus, confirmations }): Status => {
    const commitment = confirmationStatus ?? (confirmations === null ? "finalized" : "processed");
    return { slot, commitment, failure: err === null ? null : describeFailure(err) };
  })
  .nullable();

const answerFor = (count: number) => inContext(z.array(status).length(count));

/** By the number of signatures. Making a schema takes longer than parsing with it, and this is the poll of every leg. */
const answers = new Map<number, ReturnType<typeof answerFor>>();

function schemaFor(count: number): ReturnType<typeof answerFor> {
  const made = answers.get(count) ?? answerFor(count);
  answers.set(count, made);
  return made;
}

export type StatusAnswer = {
  /** The oldest, where it took several calls. */
  readonly slot: bigint;
  readonly statuses: readonly [Signature, Status | null][];
};

/**
 * One `getSignatureStatuses`, or as many as the endpoint's batches take. Null is "not found" by this node, in this part of its records.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`; an error is never turned into null
 */
export async function readStatuses(
  call: Call,
  signatures: readonly Signature[],
  options: { searchTransactionHistory: boolean; tries?: number },
  size: BatchSize = { most: STATUS_BATCH },
): Promise<StatusAnswer> {
  const { tries, searchTransactionHistory } = options;
  const answers = await askInBatches(signatures, size, async (batch): Promise<StatusAnswer | null> => {
    const answer = await call<z.infer<ReturnType<typeof answerFor>> | null>({
      method: "getSignatureStatuses",
      params: [batch, { searchTransactionHistory }],
      schema: schemaFor(batch.length),
      settle: settleTooMany(batch.length),
      urgent: true,
      ...(tries === undefined ? {} : { tries }),
    });
    if (answer === null) return null;
    const { context, value } = answer;
    return {
      slot: context.slot,
      statuses: batch.map((signature, index) => [signature, value[index] ?? null]),
    };
  });
  return {
    slot: oldestOf(answers),
    statuses: answers.flatMap(({ statuses }) => statuses),
  };
}

function oldestOf([first, ...others]: readonly StatusAnswer[]): bigint {
  let oldest = first?.slot ?? 0n;
  for (const { slot } of others) if (slot < oldest) oldest = slot;
  return oldest;
}
