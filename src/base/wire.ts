/** Transactions on the wire: the signatures and the message, in base64. Version 1 has its signatures behind the message. */
import type { Base64EncodedWireTransaction, Signature } from "@solana/kit";
import { CTOError } from "../errors/index.ts";
import { toBase58 } from "./base58.ts";
import { SIGNATURE_BYTES } from "./transaction-limits.ts";

const VERSION_ONE = 0x81;

/** @param signatures in the signers' order; an absent one is written as zeros, as a simulation takes it */
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

/** Takes a signed wire transaction apart. @throws `CTO_E_INTERNAL` when it is not one */
export function readWire(wire: Base64EncodedWireTransaction): {
  readonly signature: Signature;
  readonly messageBytes: Uint8Array;
} {
  const bytes = new Uint8Array(Buffer.from(wire, "base64"));
  const isLast = bytes[0] === VERSION_ONE;
  // Fewer than 128 signatures are counted by one byte; a version 1 message begins with its version, then tells how many.
  const taken = SIGNATURE_BYTES * ((isLast ? bytes[1] : bytes[0]) ?? 0);
  const [from, to] = isLast ? [0, bytes.length - taken] : [1 + taken, bytes.length];
  const first = isLast ? to : 1;
  if (taken === 0 || to <= from) return unsigned();
  const signature = bytes.subarray(first, first + SIGNATURE_BYTES);
  if (signature.every((byte) => byte === 0)) return unsigned();
  return { signature: toBase58(signature) as Signature, messageBytes: bytes.slice(from, to) };
}
