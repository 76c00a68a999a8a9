/**
 * Seals private keys for storage. Each wallet has its own random data key. A wrapping key, which scrypt derives from
 * the installation's secret, wraps the data key.
 *
 * Both layers use AES-256-GCM and are bound to their wallet. A sealed key that was moved to another wallet, user or
 * address therefore does not open. `seal-text.ts` defines the text.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Address } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { COST, deriveWrappingKey, KEY_BYTES, type WrappingKey } from "./derive-key.ts";
import {
  type Derivation,
  headerText,
  ID_BYTES,
  readSealedText,
  type SealedParts,
  sealedText,
} from "./seal-text.ts";

/** The wallet that a sealed key is bound to. */
export type SealContext = { readonly walletId: string; readonly userId: string; readonly address: Address };

export type SecretBox = {
  /** @param seed 32 bytes */
  seal(seed: Uint8Array, context: SealContext): Promise<string>;
  /**
   * The caller owns the seed, and wipes it.
   * @throws `CTO_E_WALLET_SECRET_WRONG`, `CTO_E_WALLET_KEY_SWAPPED`, `CTO_E_WALLET_KEY_TAMPERED`,
   * `CTO_E_WALLET_KEY_TRUNCATED`
   */
  open(sealed: string, context: SealContext): Promise<Uint8Array>;
  /**
   * The index of the secret that the text is sealed with: 0 is the current one, n the nth previous one, null none of
   * them.
   */
  secretOf(sealed: string): Promise<number | null>;
  /**
   * Wraps the data key again, under the current secret. The private key itself stays sealed.
   * @throws as `open`
   */
  rewrap(sealed: string, context: SealContext): Promise<string>;
};

export type SecretBoxOptions = {
  /** Earlier secrets, which older keys may still be sealed with. We open with them, but seal nothing new with them. */
  readonly previousSecrets?: readonly string[];
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @example
 * const box = createSecretBox(process.env.ENCRYPTION_SECRET);
 * const sealed = await box.seal(seed, { walletId, userId, address });
 */
export function createSecretBox(secret: string, { previousSecrets = [] }: SecretBoxOptions = {}): SecretBox {
  const secrets = [secret, ...previousSecrets];
  const derived = new Map<string, Promise<WrappingKey>>();
  let own: Derivation = { ...COST, salt: randomBytes(16) };

  /** Derives a key once per secret and salt, for all wallets that share them. */
  function keyFor(which: number, derivation: Derivation): Promise<WrappingKey> {
    const { log2N, r, p, salt } = derivation;
    const name = [which, log2N, r, p, salt.toString("base64url")].join(":");
    const known = derived.get(name);
    if (known !== undefined) return known;
    const key = deriveWrappingKey(secrets[which] ?? "", derivation);
    derived.set(name, key);
    key.catch(() => derived.delete(name));
    return key;
  }

  async function findKey({
    derivation,
    keyId,
  }: SealedParts): Promise<(WrappingKey & { which: number }) | null> {
    for (const which of secrets.keys()) {
      const found = await keyFor(which, derivation);
      if (!found.id.equals(keyId)) continue;
      // New seals use the salt of old ones, so that later runs derive one key for all of them.
      if (which === 0 && derivation.log2N >= COST.log2N) own = derivation;
      return { ...found, which };
    }
    return null;
  }

  /** The caller wipes the data key. */
  async function unwrap(
    sealed: string,
    context: SealContext,
  ): Promise<{ parts: SealedParts; dataKey: Buffer }> {
    const which = `of wallet "${context.walletId}"`;
    const parts = readSealedText(sealed);
    if (parts === null) throw new CTOError("CTO_E_WALLET_KEY_TRUNCATED", { which });
    const found = await findKey(parts);
    if (found === null) throw new CTOError("CTO_E_WALLET_SECRET_WRONG", { which });
    if (!parts.owner.equals(ownerOf(context))) throw new CTOError("CTO_E_WALLET_KEY_SWAPPED", { which });
    const dataKey = decrypt(found.key, parts.wrapped, boundTo(headerText(parts), context));
    if (dataKey?.length !== KEY_BYTES) throw new CTOError("CTO_E_WALLET_KEY_TAMPERED", { which });
    return { parts, dataKey };
  }

  async function wrap(dataKey: Buffer, body: Buffer, context: SealContext): Promise<string> {
    const derivation = own;
    const { key, id } = await keyFor(0, derivation);
    const header = { derivation, keyId: id, owner: ownerOf(context) };
    return sealedText({
      ...header,
      wrapped: encrypt(key, dataKey, boundTo(headerText(header), context)),
      body,
    });
  }

  return {
    async seal(seed, context) {
      if (seed.length !== KEY_BYTES) throw new CTOError("CTO_E_INTERNAL", { reason: "a seed has 32 bytes" });
      const dataKey = randomBytes(KEY_BYTES);
      try {
        return await wrap(dataKey, encrypt(dataKey, seed, boundTo(BODY, context)), context);
      } finally {
        dataKey.fill(0);
      }
    },
    async open(sealed, context) {
      const { parts, dataKey } = await unwrap(sealed, context);
      try {
        const plaintext = decrypt(dataKey, parts.body, boundTo(BODY, context));
        if (plaintext === undefined)
          throw new CTOError("CTO_E_WALLET_KEY_TAMPERED", { which: `of wallet "${context.walletId}"` });
        const opened = Uint8Array.from(plaintext);
        plaintext.fill(0);
        return opened;
      } finally {
        dataKey.fill(0);
      }
    },
    async secretOf(sealed) {
      const parts = readSealedText(sealed);
      return parts === null ? null : ((await findKey(parts))?.which ?? null);
    },
    async rewrap(sealed, context) {
      const { parts, dataKey } = await unwrap(sealed, context);
      try {
        return await wrap(dataKey, parts.body, context);
      } finally {
        dataKey.fill(0);
      }
    },
  };
}

/** The private key's layer is independent of secret and salt, so it does not change when they change. */
const BODY = "cto-box:2";

const contextJson = (first: string, { walletId, userId, address }: SealContext): string =>
  JSON.stringify([first, walletId, userId, address]);

/** JSON separates the parts: two different contexts never give the same bytes. */
const boundTo = (layer: string, context: SealContext): Buffer => Buffer.from(contextJson(layer, context));

const ownerOf = (context: SealContext): Buffer =>
  createHash("sha256").update(contextJson("cto-box:2:owner", context)).digest().subarray(0, ID_BYTES);

/** Returns nonce, ciphertext and tag. */
function encrypt(key: Buffer, plaintext: Uint8Array, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Returns undefined if the key, the text or the bound context differs. */
function decrypt(key: Buffer, sealed: Buffer, bound: Buffer): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const clear = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final(); // No bytes are left to decrypt; this checks the tag.
    return clear;
  } catch {
    clear.fill(0);
    return undefined;
  }
}
