/** Shared by the localnet's tests: signed transfers, and RPC calls on a cluster without a server. */

import {
  type Address,
  address,
  appendTransactionMessageInstructions,
  type Blockhash,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  type Instruction,
  type KeyPairSigner,
  lamports,
  pipe,
  setTransactionMessageConfig,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
  type V1TransactionConfig,
} from "@solana/kit";
import { getAddMemoInstruction } from "@solana-program/memo";
import { getTransferSolInstruction } from "@solana-program/system";
import type { Cluster } from "../../src/localnet/cluster.ts";
import { answer } from "../../src/localnet/rpc/index.ts";

export const SOL = 1_000_000_000n;
export const MEMO = address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

/** Creates a signer with 10 SOL. */
export const fundedSigner = async (cluster: Cluster): Promise<KeyPairSigner> => {
  const signer = await generateKeyPairSigner();
  cluster.setBalance(signer.address, lamports(10n * SOL));
  return signer;
};

export const transfer = (source: KeyPairSigner, destination: Address, amount: bigint): Instruction =>
  getTransferSolInstruction({ source, destination, amount });

export const memo = (text: string): Instruction =>
  getAddMemoInstruction({ memo: text }, { programAddress: MEMO });

/** Signs a v0 transaction. @returns it in base64 */
export const signed = async (payer: KeyPairSigner, blockhash: Blockhash, instructions: Instruction[]) => {
  const transaction = await pipe(
    createTransactionMessage({ version: 0 }),
    (message) => setTransactionMessageFeePayerSigner(payer, message),
    (message) =>
      setTransactionMessageLifetimeUsingBlockhash({ blockhash, lastValidBlockHeight: 0n }, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    (message) => signTransactionMessageWithSigners(message),
  );
  return getBase64EncodedWireTransaction(transaction);
};

/** Signs a version 1 transaction. @returns it in base64 */
export const signedV1 = async (
  payer: KeyPairSigner,
  blockhash: Blockhash,
  instructions: Instruction[],
  config: V1TransactionConfig,
) => {
  const transaction = await pipe(
    createTransactionMessage({ version: 1 }),
    (message) => setTransactionMessageFeePayerSigner(payer, message),
    (message) =>
      setTransactionMessageLifetimeUsingBlockhash({ blockhash, lastValidBlockHeight: 0n }, message),
    (message) => setTransactionMessageConfig(config, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    (message) => signTransactionMessageWithSigners(message),
  );
  return getBase64EncodedWireTransaction(transaction);
};

type Answer = { result?: unknown; error?: { code: number; message: string; data?: unknown } };

/** Makes one RPC call, as the HTTP endpoint would. */
export const call = (cluster: Cluster, method: string, ...params: unknown[]): Answer =>
  answer(cluster, { id: 1, method, params }) as Answer;

/** Sends without preflight. The cluster's rules then decide. */
export const send = (cluster: Cluster, wire: string, config: object = { skipPreflight: true }): Answer =>
  call(cluster, "sendTransaction", wire, { encoding: "base64", ...config });
