/** Asks the connected wallet for signatures, and checks the form of what it returns. The server judges the content. */
import type { IdentifierString } from "@wallet-standard/base";
import bs58 from "bs58";
import { clusterNameOf } from "../../../src/base/cluster-name.ts";
import type { Connected } from "./account.ts";
import { walletFailed, walletWrong } from "./wallet-problem.ts";
import { featuresOf } from "./wallets.ts";

const SIGNATURE_BYTES = 64;
const NOTHING_SIGNED = "Nothing was signed. Try again, and allow it in the wallet.";

const MAY_BE_SENT =
  "Whether it was sent is not known. Look into the wallet's own history; this page shows it once it has landed.";

const CHAINS = {
  "mainnet-beta": "solana:mainnet",
  devnet: "solana:devnet",
  testnet: "solana:testnet",
  "a private cluster": "solana:localnet",
} as const satisfies Record<ReturnType<typeof clusterNameOf>, IdentifierString>;

/** How many characters of a genesis hash are a cluster's name in CAIP-2. */
const CAIP_2_CHARACTERS = 32;

/**
 * Returns the chain as the account names it: by its usual name, or by CAIP-2. An account that names neither gets the
 * usual name.
 *
 * @param cluster the genesis hash of the terms
 */
function chainOf(
  { chains }: Connected["account"],
  cluster: string,
): { chain: IdentifierString; isNamed: boolean } {
  const usual = CHAINS[clusterNameOf(cluster)];
  const named = chains.find(
    (one) => one === usual || one === `solana:${cluster.slice(0, CAIP_2_CHARACTERS)}`,
  );
  return { chain: named ?? usual, isNamed: named !== undefined };
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

const base64Of = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

const isBytes = (value: unknown, length?: number): value is Uint8Array =>
  value instanceof Uint8Array && (length === undefined || value.length === length);

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

/** Returns the signature of a text, base58. @throws RequestFailed */
export async function signText({ found, account }: Connected, text: string): Promise<string> {
  const message = new TextEncoder().encode(text);
  const feature = featuresOf(found.wallet)["solana:signMessage"];
  const outputs = await feature?.signMessage({ account, message }).catch((error: unknown) => {
    throw walletFailed(error, NOTHING_SIGNED);
  });
  const { signature, signedMessage } = outputs?.[0] ?? {};
  if (!isBytes(signature, SIGNATURE_BYTES)) throw walletWrong("The wallet returned no signature.");
  if (!isBytes(signedMessage) || !isSame(signedMessage, message))
    throw walletWrong(
      "The wallet signed another text than the one above, for example an envelope around it.",
    );
  return bs58.encode(signature);
}

/** Returns the signed transaction, base64. @throws RequestFailed */
export async function signTransaction(
  { found, account }: Connected,
  transaction: string,
  cluster: string,
): Promise<string> {
  const feature = featuresOf(found.wallet)["solana:signTransaction"];
  const { chain, isNamed } = chainOf(account, cluster);
  const input = { account, transaction: bytesOf(transaction), ...(isNamed ? { chain } : {}) };
  const outputs = await feature?.signTransaction(input).catch((error: unknown) => {
    throw walletFailed(error, NOTHING_SIGNED);
  });
  const signed = outputs?.[0]?.signedTransaction;
  if (!isBytes(signed)) throw walletWrong("The wallet returned no transaction.");
  return base64Of(signed);
}

/** Returns the signature of what the wallet has sent, base58. @throws RequestFailed: it may have been sent all the same */
export async function signAndSend(
  { found, account }: Connected,
  transaction: string,
  cluster: string,
): Promise<string> {
  const feature = featuresOf(found.wallet)["solana:signAndSendTransaction"];
  const input = { account, transaction: bytesOf(transaction), chain: chainOf(account, cluster).chain };
  const unknown = (error: unknown): never => {
    throw walletFailed(error, MAY_BE_SENT);
  };
  const outputs = await feature?.signAndSendTransaction(input).catch(unknown);
  const signature = outputs?.[0]?.signature;
  return isBytes(signature, SIGNATURE_BYTES)
    ? bs58.encode(signature)
    : unknown(new Error("it returned no signature"));
}
