/** Requests the statuses of signatures, and validates every part of the answer that our money depends on. */
import { z } from "zod";
import type { Signature, TransactionFailure } from "../engine/ports.ts";
import { inContext, u64 } from "./answers.ts";
import { type BatchSize, readInBatches, settleTooMany } from "./batches.ts";
import { describeFailure } from "./failure.ts";
import type { Call } from "./rpc.ts";

/** A node's status of one signature. A `processed` block may still be dropped, so `processed` counts as unseen. */
export type Status = {
  readonly slot: bigint;
  readonly commitment: "processed" | "confirmed" | "finalized";
  readonly failure: TransactionFailure | null;
};

/** The most signatures that `getSignatureStatuses` accepts. With history search, providers require far smaller batches. */
export const STATUS_BATCH = 256;
export const HISTORY_BATCH = 10;

const status = z
  .object({
    slot: u64,
    // The key is required, its value may be null: a missing `err` must not count as success.
    err: z.union([z.null(), z.string(), z.record(z.string(), z.unknown())]),
    // Null in entries of old nodes. They return `confirmations` only, where null means finalized.
    confirmationStatus: z.enum(["processed", "confirmed", "finalized"]).nullable().optional(),
    confirmations: u64.nullable(),
  })
  .transform(({ slot, err, confirmationStatus, confirmations }): Status => {
    const commitment = confirmationStatus ?? (confirmations === null ? "finalized" : "processed");
    return { slot, commitment, failure: err === null ? null : describeFailure(err) };
  })
  .nullable();

const answerFor = (count: number) => inContext(z.array(status).length(count));

/** The schemas by number of signatures. We cache them: every leg's poll needs one, and creating it costs more than parsing. */
const answers = new Map<number, ReturnType<typeof answerFor>>();

function schemaFor(count: number): ReturnType<typeof answerFor> {
  const made = answers.get(count) ?? answerFor(count);
  answers.set(count, made);
  return made;
}

export type StatusAnswer = {
  /** The oldest slot, if several calls were necessary. */
  readonly slot: bigint;
  readonly statuses: readonly [Signature, Status | null][];
};

/**
 * Calls `getSignatureStatuses` once, or once per batch. A null status means that this node did not find the signature in
 * the searched part of its records.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`; an error never becomes null
 */
export async function readStatuses(
  call: Call,
  signatures: readonly Signature[],
  options: { searchTransactionHistory: boolean; tries?: number },
  size: BatchSize = { most: STATUS_BATCH },
): Promise<StatusAnswer> {
  const { tries, searchTransactionHistory } = options;
  const answers = await readInBatches(signatures, size, async (batch): Promise<StatusAnswer | null> => {
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
