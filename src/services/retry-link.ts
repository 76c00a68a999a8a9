/**
 * Links an operation and its retry. The retry's id is derived from the operation's id. Therefore there is at most one
 * retry, even with simultaneous requests, and neither record needs a change to refer to the other.
 */
import { createHash } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";
import { isUnderWay, type Journal, type Operation } from "../engine/ports.ts";

/** An id has 16 bytes, like a random one. */
const ID_BYTES = 16;

/**
 * Derives the id of an operation's retry.
 *
 * @example
 * retryIdOf("op_4fQ…"); // "op_9sT…", the same every time
 */
export const retryIdOf = (jobId: string): string =>
  `op_${getBase58Decoder().decode(createHash("sha256").update(`retry of ${jobId}`).digest().subarray(0, ID_BYTES))}`;

/** Returns the id of the operation's retry; null if there is none. An operation under way cannot have a retry. */
export async function readRetry(
  journal: Pick<Journal, "readOperation">,
  { id, status }: Pick<Operation, "id" | "status">,
): Promise<string | null> {
  if (isUnderWay({ status })) return null;
  return (await journal.readOperation(retryIdOf(id)))?.id ?? null;
}
