/**
 * How an operation and its retry find each other: the retry's id follows from the operation's, so there can be one at most,
 * whoever asks for it at the same moment, and neither record has to be changed for the other.
 */
import { createHash } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { isUnderWay, type Journal, type Operation } from "../engine/ports.ts";

/** An id has 16 bytes, as a random one has. */
const ID_BYTES = 16;

/** @example retryIdOf("op_4fQ…"); // "op_9sT…", the same every time */
export const retryIdOf = (jobId: string): string =>
  `op_${getBase58Decoder().decode(createHash("sha256").update(`retry of ${jobId}`).digest().subarray(0, ID_BYTES))}`;

/** Null for one that was not retried. One that has not ended cannot have been. */
export async function readRetry(
  journal: Pick<Journal, "readOperation">,
  { id, status }: Pick<Operation, "id" | "status">,
): Promise<string | null> {
  if (isUnderWay({ status })) return null;
  return (await journal.readOperation(retryIdOf(id)))?.id ?? null;
}
