/** Parses transactions and messages in RPC parameters: base58 or base64 text of wire bytes. */
import { getBase58Encoder, getBase64Encoder, type ReadonlyUint8Array } from "@solana/kit";
import { z } from "zod";
import { decodeWire, decodeWireMessage, MAX_VERSION_1_SIZE, type WireTransaction } from "../wire.ts";
import { RpcError } from "./errors.ts";

export const wireEncoding = z.enum(["base58", "base64"]);

const decodeText = (text: string, encoding: z.infer<typeof wireEncoding>): ReadonlyUint8Array => {
  try {
    return (encoding === "base64" ? getBase64Encoder() : getBase58Encoder()).encode(text);
  } catch {
    throw new RpcError("invalidParams", `invalid ${encoding} encoding`);
  }
};

const failedToDeserialize = (what: string, error: unknown): RpcError =>
  new RpcError(
    "invalidParams",
    `failed to deserialize ${what}: ${error instanceof Error ? error.message : String(error)}`,
  );

/** @throws RpcError if the text is not a transaction, or if it is too large. Agave's default encoding is base58. */
export const transactionParam = (
  text: string,
  encoding: z.infer<typeof wireEncoding> = "base58",
): WireTransaction => {
  const what = "solana_transaction::versioned::VersionedTransaction";
  const wire = decodeText(text, encoding);
  if (wire.length > MAX_VERSION_1_SIZE) {
    const limits = `${wire.length} bytes (max: ${MAX_VERSION_1_SIZE})`;
    throw new RpcError("invalidParams", `decoded ${what} too large: ${limits}`);
  }
  try {
    return decodeWire(wire);
  } catch (error) {
    throw failedToDeserialize(what, error);
  }
};

/** @throws RpcError if the text is not the base64 of a message. */
export const messageParam = (text: string) => {
  const bytes = decodeText(text, "base64");
  try {
    return decodeWireMessage(bytes);
  } catch (error) {
    throw failedToDeserialize("solana_message::versioned::VersionedMessage", error);
  }
};
