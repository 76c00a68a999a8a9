/** Reads a private key in any form: in clear, encrypted by another program, or sealed by us. */
import type { Address } from "../engine/ports.ts";
import { CTOError, isCTOError } from "../errors/index.ts";
import { decryptForeign, type ForeignForm, foreignFormOf } from "./foreign-encryption.ts";
import { type PlainForm, parsePrivateKey } from "./import.ts";
import { type Keypair, keypairOfSeed } from "./keypair.ts";
import { looksSealed } from "./seal-text.ts";
import type { SealContext, SecretBox } from "./secret-box.ts";

export type KeyForm = PlainForm | ForeignForm | "sealed";

export type FoundKey = Keypair & {
  readonly form: KeyForm;
  readonly wasEncrypted: boolean;
  /** The key has 32 bytes, without the public half: the text may be an address. */
  readonly isSeedAlone: boolean;
};

export type ReadKeyOptions = {
  /** The key's name in messages: "to import", "of wallet …". */
  readonly which: string;
  /** The secrets that the text may be encrypted with. */
  readonly secrets: readonly string[];
  /**
   * The address that the key must belong to. A key of 32 bytes is accepted only with it, because an address has the
   * same form.
   */
  readonly expect?: Address;
  /** For texts that our own box sealed: the box, and the wallet that the key was sealed for. */
  readonly sealed?: { readonly box: SecretBox; readonly context: SealContext };
};

/**
 * The caller owns the seed, and wipes it. No error contains the text or its content.
 *
 * @throws `CTO_E_WALLET_KEY_INVALID`, `CTO_E_WALLET_KEY_WRONG_NETWORK`, `CTO_E_WALLET_KEY_NEEDS_ADDRESS`,
 * `CTO_E_WALLET_ADDRESS_MISMATCH`, `CTO_E_WALLET_SECRET_WRONG`, `CTO_E_WALLET_KEY_TRUNCATED`,
 * `CTO_E_WALLET_KEY_TAMPERED`, `CTO_E_WALLET_KEY_SWAPPED`
 * @example
 * const { seed, address, form } = await readKey(text, { which: "to import", secrets });
 */
export async function readKey(text: string, options: ReadKeyOptions): Promise<FoundKey> {
  const trimmed = text.trim();
  const found = await readUnchecked(trimmed, options);
  const { expect } = options;
  if (found.address === expect || (expect === undefined && !found.isSeedAlone)) return found;
  found.seed.fill(0);
  if (expect === undefined) throw new CTOError("CTO_E_WALLET_KEY_NEEDS_ADDRESS", { address: found.address });
  if (trimmed === expect) {
    throw new CTOError("CTO_E_WALLET_KEY_INVALID", {
      reason: "it is the address itself, not its private key",
    });
  }
  throw new CTOError("CTO_E_WALLET_ADDRESS_MISMATCH", { expected: expect, found: found.address });
}

async function readUnchecked(text: string, options: ReadKeyOptions): Promise<FoundKey> {
  if (looksSealed(text)) return readSealed(text, options);
  const form = foreignFormOf(text);
  if (form !== null) return readForeign(text, form, options);
  return { ...parsePrivateKey(text, { mayBeEthereum: options.expect !== undefined }), wasEncrypted: false };
}

async function readSealed(text: string, { sealed }: ReadKeyOptions): Promise<FoundKey> {
  if (sealed === undefined) {
    throw new CTOError("CTO_E_WALLET_KEY_INVALID", {
      reason:
        "it is a sealed key, which opens only with the wallet id and the address that it was sealed for",
    });
  }
  const seed = await sealed.box.open(text, sealed.context);
  return { ...keypairOfSeed(seed), form: "sealed", wasEncrypted: true, isSeedAlone: false };
}

async function readForeign(
  text: string,
  form: ForeignForm,
  { which, secrets }: ReadKeyOptions,
): Promise<FoundKey> {
  const clear = await decryptForeign(text, secrets);
  if (clear === null) throw new CTOError("CTO_E_WALLET_KEY_TRUNCATED", { which });
  let isKeyOfAnother = false;
  for (const candidate of clear) {
    try {
      return { ...parsePrivateKey(candidate), form, wasEncrypted: true };
    } catch (error) {
      // The text has the length and the alphabet of a key, so the secret was right. But the two halves do not belong
      // together.
      isKeyOfAnother ||= isCTOError(error, "CTO_E_WALLET_KEY_INVALID") && looksLikeKey(candidate);
    }
  }
  throw new CTOError(isKeyOfAnother ? "CTO_E_WALLET_KEY_TAMPERED" : "CTO_E_WALLET_SECRET_WRONG", { which });
}

/** @throws `CTO_E_WALLET_KEY_CLI_ONLY` for a text that is encrypted or sealed */
export function requireClear(text: string): void {
  const trimmed = text.trim();
  if (looksSealed(trimmed) || foreignFormOf(trimmed) !== null)
    throw new CTOError("CTO_E_WALLET_KEY_CLI_ONLY", {});
}

/** A wrong secret practically never decrypts to 64 bytes in one of these forms. */
const looksLikeKey = (text: string): boolean =>
  /^\s*(?:\[[\d,\s]+\]|[1-9A-HJ-NP-Za-km-z]{80,90}|(?:0x)?[0-9a-f]{128}|[A-Za-z0-9+/]{86}==)\s*$/i.test(text);
