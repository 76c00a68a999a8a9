/**
 * A wallet that can sign, in the shape of kit's `TransactionPartialSigner`: a signer backed by a key-management
 * service would fit in its place.
 */
import type { KeyObject } from "node:crypto";
import type { Address, SignatureBytes, TransactionPartialSigner } from "@solana/kit";
import { CTOError } from "../errors/index.ts";
import { signBytes, verifyBytes } from "./keypair.ts";

/** Signs with a key object, and checks every signature before it is given out. */
export function createWalletSigner(address: Address, key: KeyObject): TransactionPartialSigner {
  return {
    address,
    async signTransactions(transactions) {
      return transactions.map(({ messageBytes }) => {
        const bytes = Uint8Array.from(messageBytes);
        const signature = signBytes(key, bytes);
        if (!verifyBytes(address, bytes, signature)) {
          throw new CTOError("CTO_E_INTERNAL", { reason: `a signature of ${address} does not verify` });
        }
        return { [address]: signature as SignatureBytes };
      });
    },
  };
}
