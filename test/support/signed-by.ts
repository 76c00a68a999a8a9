/** Signs a transaction as a wallet does that adds nothing to it. */
import { toWire } from "../../src/base/wire.ts";
import type { Base64EncodedWireTransaction } from "../../src/engine/ports.ts";
import { type Keypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";

/** Puts the wallet's signature into a transaction that has none. */
export function signedBy({ seed }: Keypair, unsigned: string): Base64EncodedWireTransaction {
  const bytes = new Uint8Array(Buffer.from(unsigned, "base64"));
  const isOne = bytes[0] === 0x81;
  const message = isOne ? bytes.slice(0, -64) : bytes.slice(65);
  return toWire(message, [signBytes(privateKeyOfSeed(seed), message)]);
}
