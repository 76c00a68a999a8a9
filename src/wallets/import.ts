/**
 * Reads a private key in any form that a person's wallet exports: base58 or base64 text, hex, or the JSON byte array
 * of `solana-keygen`; 64 bytes (seed and public key) or the 32-byte seed alone.
 */
import { getBase58Encoder } from "@solana/kit";
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import { type Keypair, keypairOfSeed, SEED_BYTES } from "./keypair.ts";

const FORMS = "expected base58, a JSON byte array, hex or base64 of 64 or 32 bytes";

const jsonBytes = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "not JSON" });
      return z.NEVER;
    }
  })
  .pipe(z.array(z.int().min(0).max(255)))
  .transform((numbers) => Uint8Array.from(numbers));

export type PlainForm = "JSON byte array" | "hex" | "base58" | "base64";

type Reader = {
  readonly form: PlainForm;
  readonly looksLike: RegExp;
  readonly read: (text: string) => Uint8Array | undefined;
};

/** We read a text in the first form that matches. Base64 must be padded, because unpadded base64 could be base58. */
const READERS: readonly Reader[] = [
  { form: "JSON byte array", looksLike: /^\[/, read: (text) => jsonBytes.safeParse(text).data },
  {
    form: "hex",
    looksLike: /^(?:0x)?(?:[0-9a-f]{64}|[0-9a-f]{128})$/i,
    read: (text) => Buffer.from(text.replace(/^0x/i, ""), "hex"),
  },
  {
    form: "base58",
    looksLike: /^[1-9A-HJ-NP-Za-km-z]{32,88}$/,
    read: (text) => new Uint8Array(getBase58Encoder().encode(text)),
  },
  {
    form: "base64",
    looksLike: /^[A-Za-z0-9+/]{43}=$|^[A-Za-z0-9+/]{86}==$/,
    read: (text) => Buffer.from(text, "base64"),
  },
];

/**
 * The key formats of other networks' wallets. An Ethereum key is as long as a seed, so only the address can
 * distinguish the two.
 */
const OTHER_NETWORKS = [
  { network: "Ethereum", looksLike: /^0x[0-9a-f]{64}$/i },
  {
    network: "Bitcoin",
    looksLike: /^(?:5[1-9A-HJ-NP-Za-km-z]{50}|[KLc9][1-9A-HJ-NP-Za-km-z]{51}|[xyz]prv\w+)$/,
  },
  { network: "Sui", looksLike: /^suiprivkey1/ },
];

export type PlainKey = Keypair & {
  readonly form: PlainForm;
  /**
   * The key has 32 bytes, without the public half. An address has the same form, so only a known address proves that
   * it is a key.
   */
  readonly isSeedAlone: boolean;
};

/**
 * The caller owns the seed, and wipes it. A 32-byte form looks the same as an address: see `isSeedAlone`.
 *
 * @param mayBeEthereum whether `0x` and 32 bytes are read as a seed; only for a caller that then compares the address
 * @throws `CTO_E_WALLET_KEY_INVALID`, `CTO_E_WALLET_KEY_WRONG_NETWORK`, which never contain the input
 */
export function parsePrivateKey(text: string, { mayBeEthereum = false } = {}): PlainKey {
  const trimmed = text.trim();
  const other = OTHER_NETWORKS.find(({ looksLike }) => looksLike.test(trimmed));
  if (other !== undefined && !(mayBeEthereum && other.network === "Ethereum")) {
    throw new CTOError("CTO_E_WALLET_KEY_WRONG_NETWORK", { network: other.network });
  }
  if (/^[a-z]+(?: +[a-z]+){11,23}$/.test(trimmed)) {
    throw invalid("it is a recovery phrase, which many keys follow from; export the key itself");
  }
  const reader = READERS.find(({ looksLike }) => looksLike.test(trimmed));
  const bytes = reader?.read(trimmed);
  if (reader === undefined || bytes === undefined) throw invalid(FORMS);
  try {
    return { ...keypairOf(bytes), form: reader.form, isSeedAlone: bytes.length === SEED_BYTES };
  } finally {
    bytes.fill(0);
  }
}

function keypairOf(bytes: Uint8Array): Keypair {
  if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES) {
    throw invalid(`it has ${bytes.length} bytes; ${FORMS}`);
  }
  const seed = Uint8Array.from(bytes.subarray(0, SEED_BYTES));
  if (seed.every((byte) => byte === 0)) throw invalid("it is all zeros");
  const keypair = keypairOfSeed(seed);
  if (bytes.length === 2 * SEED_BYTES && !matches(bytes, keypair.address)) {
    seed.fill(0);
    throw invalid("its public half does not belong to its private half");
  }
  return keypair;
}

function matches(bytes: Uint8Array, address: Keypair["address"]): boolean {
  return Buffer.from(getBase58Encoder().encode(address)).equals(bytes.subarray(SEED_BYTES));
}

const invalid = (reason: string) => new CTOError("CTO_E_WALLET_KEY_INVALID", { reason });
