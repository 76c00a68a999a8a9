/**
 * Seals private keys for storage. Each wallet has a random data key of its own, which a key-encryption key wraps; that
 * one comes from the installation's secret by scrypt. Both layers are AES-256-GCM, bound to the wallet that they
 * belong to, so that a sealed key moved to another wallet, user or address does not open.
 *
 * The text: `cto-box:1:scrypt:<log2 N>:<r>:<p>:<salt>:<wrapped data key>:<sealed key>`, binary parts in base64url.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { Address } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

/** What a sealed key is bound to. */
export type SealContext = { readonly walletId: string; readonly userId: string; readonly address: Address };

export type SecretBox = {
  seal(plaintext: Uint8Array, context: SealContext): Promise<string>;
  /**
   * The caller owns the plaintext, and wipes it.
   * @throws `CTO_E_WALLET_KEY_UNREADABLE`: another secret, another wallet, or a changed text
   */
  open(sealed: string, context: SealContext): Promise<Uint8Array>;
};

export type SecretBoxOptions = {
  /** Secrets that older keys may still be sealed with: they open, but nothing new is sealed with them. */
  readonly previousSecrets?: readonly string[];
};

type Header = { readonly log2N: number; readonly r: number; readonly p: number; readonly salt: Buffer };

/** About 60 ms and 32 MiB for each guess at the secret. */
const COST = { log2N: 15, r: 8, p: 1 };
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = /^cto-box:1:scrypt:(\d{1,2}):(\d{1,2}):(\d{1,2}):([\w-]{22}):([\w-]+):([\w-]+)$/;

const deriveKey = promisify<
  string,
  Buffer,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/**
 * @example
 * const box = createSecretBox(process.env.ENCRYPTION_SECRET);
 * const sealed = await box.seal(seed, { walletId, userId, address });
 */
export function createSecretBox(secret: string, { previousSecrets = [] }: SecretBoxOptions = {}): SecretBox {
  const derived = new Map<string, Promise<Buffer>>();
  let own: Header = { ...COST, salt: randomBytes(16) };

  /** One derivation per secret and salt, however many wallets share them. */
  function keyFor(candidate: string, header: Header): Promise<Buffer> {
    const { log2N, r, p, salt } = header;
    const id = JSON.stringify([
      candidate === secret ? -1 : previousSecrets.indexOf(candidate),
      headerText(header),
    ]);
    const known = derived.get(id);
    if (known !== undefined) return known;
    const N = 2 ** log2N;
    const key = deriveKey(candidate.normalize("NFKC"), salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r });
    derived.set(id, key);
    key.catch(() => derived.delete(id));
    return key;
  }

  return {
    async seal(plaintext, context) {
      const header = headerText(own);
      const bound = associatedData(header, context);
      const dataKey = randomBytes(KEY_BYTES);
      try {
        const wrapped = encrypt(await keyFor(secret, own), dataKey, bound);
        return `${header}:${wrapped.toString("base64url")}:${encrypt(dataKey, plaintext, bound).toString("base64url")}`;
      } finally {
        dataKey.fill(0);
      }
    },
    async open(sealed, context) {
      const parts = parse(sealed);
      const unreadable = () => new CTOError("CTO_E_WALLET_KEY_UNREADABLE", { walletId: context.walletId });
      if (parts === undefined) throw unreadable();
      const { header, wrapped, body } = parts;
      const bound = associatedData(headerText(header), context);
      for (const candidate of [secret, ...previousSecrets]) {
        const dataKey = decrypt(await keyFor(candidate, header), wrapped, bound);
        if (dataKey === undefined) continue;
        const plaintext = decrypt(dataKey, body, bound);
        dataKey.fill(0);
        if (plaintext === undefined) break;
        // New keys join the salt of old ones, so that later runs derive once for all of them.
        if (candidate === secret && header.log2N >= COST.log2N) own = header;
        return new Uint8Array(plaintext);
      }
      throw unreadable();
    },
  };
}

const headerText = ({ log2N, r, p, salt }: Header): string =>
  `cto-box:1:scrypt:${log2N}:${r}:${p}:${salt.toString("base64url")}`;

/** JSON keeps the parts apart: no two contexts give the same bytes. */
const associatedData = (header: string, { walletId, userId, address }: SealContext): Buffer =>
  Buffer.from(JSON.stringify([header, walletId, userId, address]));

/** Nonce, ciphertext, tag. */
function encrypt(key: Buffer, plaintext: Uint8Array, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when the key, the text or what it is bound to is not the same. */
function decrypt(key: Buffer, sealed: Buffer, bound: Buffer): Buffer | undefined {
  if (key.length !== KEY_BYTES || sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(bound);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Bounds the parameters: a changed text must not make scrypt eat all memory, nor be weak. */
function parse(sealed: string): { header: Header; wrapped: Buffer; body: Buffer } | undefined {
  const [, log2N, r, p, salt, wrapped, body] = FORMAT.exec(sealed) ?? [];
  if (salt === undefined || wrapped === undefined || body === undefined) return undefined;
  const header = { log2N: Number(log2N), r: Number(r), p: Number(p), salt: Buffer.from(salt, "base64url") };
  if (header.log2N < 14 || header.log2N > 18 || header.r !== COST.r || header.p < 1 || header.p > 4)
    return undefined;
  const parts = { header, wrapped: Buffer.from(wrapped, "base64url"), body: Buffer.from(body, "base64url") };
  // Base64 ignores stray bits: only the one spelling that we write is read.
  const again = `${headerText(header)}:${parts.wrapped.toString("base64url")}:${parts.body.toString("base64url")}`;
  return again === sealed ? parts : undefined;
}
