/**
 * Implements the localnet's faucet: a keypair with many lamports, which pays airdrops with ordinary signed
 * transactions.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import {
  type Address,
  appendTransactionMessageInstructions,
  type Blockhash,
  compileTransaction,
  createNoopSigner,
  createTransactionMessage,
  getBase58Decoder,
  getTransactionEncoder,
  type Lamports,
  pipe,
  type SignatureBytes,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/kit";
import { getAddMemoInstruction } from "@solana-program/memo";
import { getTransferSolInstruction } from "@solana-program/system";
import { MEMO_PROGRAM } from "./programs.ts";

/** 500 million SOL, in lamports. */
export const FAUCET_LAMPORTS = 500_000_000_000_000_000n;

/** The PKCS#8 prefix of a raw Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export class Faucet {
  readonly address: Address;
  readonly #key: KeyObject;

  /** Derives the key from the genesis hash, so that a restored cluster has the same faucet. */
  constructor(genesisHash: Blockhash) {
    const seed = createHash("sha256").update(`faucet/${genesisHash}`).digest();
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#key).export({ format: "der", type: "spki" });
    this.address = getBase58Decoder().decode(spki.subarray(-32)) as Address;
  }

  /**
   * Returns the wire bytes of a transfer. The number in the memo makes equal airdrops in one slot different
   * transactions.
   */
  pay(to: Address, amount: Lamports, number: number, blockhash: Blockhash): Uint8Array {
    const source = createNoopSigner(this.address);
    const { messageBytes } = compileTransaction(
      pipe(
        createTransactionMessage({ version: "legacy" }),
        (message) => setTransactionMessageFeePayer(this.address, message),
        (message) =>
          setTransactionMessageLifetimeUsingBlockhash({ blockhash, lastValidBlockHeight: 0n }, message),
        (message) =>
          appendTransactionMessageInstructions(
            [
              getTransferSolInstruction({ source, destination: to, amount }),
              getAddMemoInstruction({ memo: `localnet airdrop ${number}` }, { programAddress: MEMO_PROGRAM }),
            ],
            message,
          ),
      ),
    );
    const signature = new Uint8Array(sign(null, Buffer.from(messageBytes), this.#key)) as SignatureBytes;
    return new Uint8Array(
      getTransactionEncoder().encode({ messageBytes, signatures: { [this.address]: signature } }),
    );
  }
}
