/** Measures the floor of the latency: a client that makes no decisions and does only the steps that every buy needs. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Address,
  appendTransactionMessageInstruction,
  type Base64EncodedWireTransaction,
  createSolanaRpc,
  createTransactionMessage,
  generateKeyPairSigner,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  type KeyPairSigner,
  lamports,
  pipe,
  type Signature,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import type { BenchCluster } from "./cluster.ts";

export type Presigned = { readonly signature: Signature; readonly wire: Base64EncodedWireTransaction };

const payers: KeyPairSigner[] = [];

/** Signs transfers of one lamport, each with its own payer. */
async function presign(cluster: BenchCluster, rpcUrl: string, count: number): Promise<Presigned[]> {
  const fresh: Address[] = [];
  while (payers.length < count) {
    const payer = await generateKeyPairSigner();
    payers.push(payer);
    fresh.push(payer.address);
  }
  await cluster.airdrop(payers.slice(0, count).map(({ address }) => address));
  const { value: lifetime } = await createSolanaRpc(rpcUrl)
    .getLatestBlockhash({ commitment: "confirmed" })
    .send();
  return Promise.all(
    payers.slice(0, count).map(async (payer) => {
      const transfer = getTransferSolInstruction({
        source: payer,
        destination: payer.address,
        amount: lamports(1n),
      });
      const signed = await pipe(
        createTransactionMessage({ version: 0 }),
        (empty) => setTransactionMessageFeePayerSigner(payer, empty),
        (paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
        (lasting) => appendTransactionMessageInstruction(transfer, lasting),
        (whole) => signTransactionMessageWithSigners(whole),
      );
      return {
        signature: getSignatureFromTransaction(signed),
        wire: getBase64EncodedWireTransaction(signed),
      };
    }),
  );
}

const POLL_MS = 20;
const MOST_STATUSES = 256;
/** Less than a blockhash lives. What was not confirmed by then was lost, and nobody sends it again. */
const LANDED_WITHIN_MS = 25_000;

/** Sends all transactions and polls until all are confirmed. Returns the time for this, ms. */
export async function land(rpcUrl: string, presigned: readonly Presigned[]): Promise<number> {
  const rpc = createSolanaRpc(rpcUrl);
  const began = performance.now();
  const sending = presigned.map(({ wire }) =>
    rpc.sendTransaction(wire, { encoding: "base64", skipPreflight: false, maxRetries: 0n }).send(),
  );
  sending.forEach((sent) => {
    sent.catch(() => undefined);
  });
  let open = presigned.map(({ signature }) => signature);
  while (open.length > 0) {
    if (performance.now() - began > LANDED_WITHIN_MS) {
      await Promise.all(sending);
      throw new Error(`${open.length} of the raw client's transactions did not land`);
    }
    const asked = open.slice(0, MOST_STATUSES);
    const { value } = await rpc.getSignatureStatuses(asked).send();
    const seen = new Set(
      asked.filter((_, at) => (value[at]?.confirmationStatus ?? "processed") !== "processed"),
    );
    open = open.filter((signature) => !seen.has(signature));
    if (seen.size === 0) await sleep(POLL_MS);
  }
  await Promise.all(sending);
  return performance.now() - began;
}

/**
 * Measures the floor, ms: two reads one after the other, as the simulation of a buy needs the survey before it; then the
 * sends, until all transactions are confirmed.
 */
export async function floorOf(cluster: BenchCluster, legs: number): Promise<number> {
  const { rpcUrl } = await cluster.where();
  const presigned = await presign(cluster, rpcUrl, legs);
  const rpc = createSolanaRpc(rpcUrl);
  const [first] = presigned;
  if (first === undefined) throw new Error("nothing to send");
  const began = performance.now();
  await rpc.getMultipleAccounts(payers.slice(0, Math.min(100, legs)).map(({ address }) => address)).send();
  await rpc.simulateTransaction(first.wire, { encoding: "base64" }).send();
  const read = performance.now() - began;
  return read + (await land(rpcUrl, presigned));
}
