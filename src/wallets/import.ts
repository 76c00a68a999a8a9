/**
 * Reads a private key in whatever form a person's wallet exported it: base58 or base64 text, hex, or the JSON byte
 * array of `solana-keygen`; 64 bytes (seed and public key) or the 32-byte seed alone.
 */
import { getBase58Encoder } from "@solana/kit";
import { z } from "zod";
import { CTOError } from "../errors/index.ts";
import { addressOfSeed, type Keypair, SEED_BYTES } from "./keypair.ts";

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

type Reader = { readonly looksLike: RegExp; readonly read: (text: string) => Uint8Array | undefined };

/** The first form that a text looks like is the one it is read in; base64 must be padded, else it could be base58. */
const READERS: readonly Reader[] = [
  { looksLike: /^\[/, read: (text) => jsonBytes.safeParse(text).data },
  {
    looksLike: /^(?:0x)?(?:[0-9a-f]{64}|[0-9a-f]{128})$/i,
    read: (text) => Buffer.from(text.replace(/^0x/i, ""), "hex"),
  },
  {
    looksLike: /^[1-9A-HJ-NP-Za-km-z]{32,88}$/,
    read: (text) => new Uint8Array(getBase58Encoder().encode(text)),
  },
  { looksLike: /^[A-Za-z0-9+/]{43}=$|^[A-Za-z0-9+/]{86}==$/, read: (text) => Buffer.from(text, "base64") },
];

/**
 * The caller owns the seed, and wipes it. A 32-byte form cannot be told from an address by its looks: compare the
 * answered address with the one that is expected.
 *
 * @throws `CTO_E_WALLET_KEY_INVALID`, which never contains the input
 */
export function parsePrivateKey(text: string): Keypair {
  const trimmed = text.trim();
  const bytes = READERS.find(({ looksLike }) => looksLike.test(trimmed))?.read(trimmed);
  if (bytes === undefined) throw invalid(FORMS);
  try {
    if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES) {
      throw invalid(`it has ${bytes.length} bytes; ${FORMS}`);
    }
    const seed = Uint8Array.from(bytes.subarray(0, SEED_BYTES));
    if (seed.every((byte) => byte === 0)) throw invalid("it is all zeros");
    const address = addressOfSeed(seed);
    if (bytes.length === 2 * SEED_BYTES && !matches(bytes, address)) {
      seed.fill(0);
      throw invalid("its public half does not belong to its private half");
    }
    return { seed, address };
  } finally {
    bytes.fill(0);
  }
}

function matches(bytes: Uint8Array, address: Keypair["address"]): boolean {
  return Buffer.from(getBase58Encoder().encode(address)).equals(bytes.subarray(SEED_BYTES));
}

const invalid = (reason: string) => new CTOError("CTO_E_WALLET_KEY_INVALID", { reason });
