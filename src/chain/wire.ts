/** Encodes unsigned transactions for a simulation. */
import type { Base64EncodedWireTransaction } from "@solana/kit";
import { toWire } from "../base/wire.ts";
import type { UnsignedTransaction } from "../engine/ports.ts";

/** The wire format with empty signatures. */
export const unsignedWire = ({ messageBytes, signers }: UnsignedTransaction): Base64EncodedWireTransaction =>
  toWire(
    messageBytes,
    signers.map(() => null),
  );
