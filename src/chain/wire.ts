/** Transactions on the wire: a count of signatures, the signatures, the message, all in base64. */
import {
  type Address,
  type Base64EncodedWireTransaction,
  getBase58Decoder,
  getBase64EncodedWireTransaction,
  getBase64Encoder,
  getTransactionDecoder,
  type Signature,
  type SignatureBytes,
  type Transaction,
} from "@solana/kit";
import type { UnsignedTransaction } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

/** The wire format with empty signatures: what a simulation takes. */
export function unsignedWire({ messageBytes, signers }: UnsignedTransaction): Base64EncodedWireTransaction {
  const signatures: Record<Address, SignatureBytes | null> = {};
  for (const signer of signers) signatures[signer] = null;
  return getBase64EncodedWireTransaction({ messageBytes, signatures } as unknown as Transaction);
}

/** Takes a signed wire transaction apart. @throws `CTO_E_INTERNAL` when it is not one */
export function readWire(wire: Base64EncodedWireTransaction): {
  signature: Signature;
  messageBytes: Uint8Array;
} {
  const { messageBytes, signatures } = getTransactionDecoder().decode(getBase64Encoder().encode(wire));
  const [first] = Object.values(signatures);
  if (first === undefined || first === null)
    throw new CTOError("CTO_E_INTERNAL", { reason: "an unsigned transaction" });
  return {
    signature: getBase58Decoder().decode(first) as Signature,
    messageBytes: new Uint8Array(messageBytes),
  };
}
