/**
 * Encodes transactions for the wire: signatures and message, in base64. In version 1 the signatures follow the message.
 */
import type { Base64EncodedWireTransaction, Signature } from "@solana/kit";
import { CTOError } from "../errors/index.ts";
import { toBase58 } from "./base58.ts";
import { SIGNATURE_BYTES } from "./transaction-limits.ts";

const VERSION_ONE = 0x81;

/** @param signatures in the signers' order. An absent signature becomes zeros, which a simulation accepts */
export function toWire(
  messageBytes: Uint8Array,
  signatures: readonly (Uint8Array | null)[],
): Base64EncodedWireTransaction {
  const all = Buffer.concat(signatures.map((signature) => signature ?? new Uint8Array(SIGNATURE_BYTES)));
  const parts =
    messageBytes[0] === VERSION_ONE
      ? [messageBytes, all]
      : [Uint8Array.of(signatures.length), all, messageBytes];
  return Buffer.concat(parts).toString("base64") as Base64EncodedWireTransaction;
}

const unsigned = (): never => {
  throw new CTOError("CTO_E_INTERNAL", { reason: "an unsigned transaction" });
};

/** Splits a signed wire transaction into its parts. @throws `CTO_E_INTERNAL` if it is not one */
export function readWire(wire: Base64EncodedWireTransaction): {
  readonly signature: Signature;
  readonly messageBytes: Uint8Array;
} {
  const bytes = new Uint8Array(Buffer.from(wire, "base64"));
  const isLast = bytes[0] === VERSION_ONE;
  // One byte counts fewer than 128 signatures. A version 1 message begins with its version, then the number of signatures.
  const taken = SIGNATURE_BYTES * ((isLast ? bytes[1] : bytes[0]) ?? 0);
  const [from, to] = isLast ? [0, bytes.length - taken] : [1 + taken, bytes.length];
  const first = isLast ? to : 1;
  if (taken === 0 || to <= from) return unsigned();
  const signature = bytes.subarray(first, first + SIGNATURE_BYTES);
  if (signature.every((byte) => byte === 0)) return unsigned();
  return { signature: toBase58(signature) as Signature, messageBytes: bytes.slice(from, to) };
}
