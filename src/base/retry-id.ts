/**
 * Derives the id of an operation's retry from the operation's id. Therefore there is at most one retry, even with
 * simultaneous requests, and neither record needs a change to refer to the other.
 */
import { createHash } from "node:crypto";
import { getBase58Decoder } from "@solana/kit";

/** An id has 16 bytes, like a random one. */
const ID_BYTES = 16;

/**
 * @example
 * retryIdOf("op_4fQ…"); // "op_9sT…", the same every time
 */
export const retryIdOf = (jobId: string): string =>
  `op_${getBase58Decoder().decode(createHash("sha256").update(`retry of ${jobId}`).digest().subarray(0, ID_BYTES))}`;
