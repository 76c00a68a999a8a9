/**
 * Decrypts private keys that other programs encrypted with a passphrase. Both forms use AES-256-CBC, which has no
 * authentication: only the decrypted text shows whether the secret was right.
 *
 * - CryptoJS (`CryptoJS.AES.encrypt(key, secret).toString()`): base64 of OpenSSL's `Salted__`, 8 bytes of salt, and
 *   the ciphertext; key and IV by EVP_BytesToKey with one round of MD5.
 * - the widespread `scryptSync(secret, "salt", 32)`: `<IV>:<ciphertext>` in hex.
 */
import { createDecipheriv, createHash, scrypt } from "node:crypto";
import { promisify } from "node:util";

export type ForeignForm = "CryptoJS" | "IV and ciphertext";

type Scheme = {
  readonly form: ForeignForm;
  readonly looksLike: RegExp;
  /** Returns null if the text is not complete. */
  parse(text: string): Parts | null;
  deriveKeys(secrets: readonly string[], parts: Parts): Promise<{ key: Buffer; iv: Buffer }[]>;
};

type Parts = { readonly salt: Buffer; readonly iv: Buffer; readonly ciphertext: Buffer };

const BLOCK = 16;
const KEY_BYTES = 32;
const HEAD_BYTES = 16;

const isWhole = (ciphertext: Buffer): boolean => ciphertext.length > 0 && ciphertext.length % BLOCK === 0;

/**
 * The salt is always the same, so each secret always gives the same key. We derive it once, and keep it as long as
 * its list of secrets exists.
 */
const scryptKeys = new WeakMap<readonly string[], Promise<Buffer[]>>();

function scryptKeysOf(secrets: readonly string[]): Promise<Buffer[]> {
  const known = scryptKeys.get(secrets);
  if (known !== undefined) return known;
  const derived = Promise.all(secrets.map((secret) => scryptKey(secret, "salt", KEY_BYTES)));
  scryptKeys.set(secrets, derived);
  return derived;
}

function evpBytesToKey(secret: string, salt: Buffer): { key: Buffer; iv: Buffer } {
  let derived: Buffer = none;
  let last: Buffer = none;
  while (derived.length < KEY_BYTES + BLOCK) {
    last = md5(last, Buffer.from(secret), salt);
    derived = Buffer.concat([derived, last]);
  }
  return { key: derived.subarray(0, KEY_BYTES), iv: derived.subarray(KEY_BYTES) };
}

const md5 = (...parts: Buffer[]): Buffer => createHash("md5").update(Buffer.concat(parts)).digest();

const scryptKey = promisify<string, string, number, Buffer>(scrypt);
const none = Buffer.alloc(0);

const SCHEMES: readonly Scheme[] = [
  {
    form: "CryptoJS",
    looksLike: /^U2FsdGVk/,
    parse(text) {
      const bytes = Buffer.from(text, "base64");
      const parts = { salt: bytes.subarray(8, HEAD_BYTES), iv: none, ciphertext: bytes.subarray(HEAD_BYTES) };
      const isSpeltOut = bytes.toString("base64") === text;
      return isSpeltOut && bytes.subarray(0, 8).equals(Buffer.from("Salted__")) && isWhole(parts.ciphertext)
        ? parts
        : null;
    },
    deriveKeys: async (secrets, { salt }) => secrets.map((secret) => evpBytesToKey(secret, salt)),
  },
  {
    form: "IV and ciphertext",
    looksLike: /^[0-9a-f]{32}:/i,
    parse(text) {
      const [, iv = "", ciphertext = ""] = /^([0-9a-f]{32}):((?:[0-9a-f]{2})+)$/i.exec(text) ?? [];
      const parts = { salt: none, iv: Buffer.from(iv, "hex"), ciphertext: Buffer.from(ciphertext, "hex") };
      return isWhole(parts.ciphertext) ? parts : null;
    },
    deriveKeys: async (secrets, { iv }) => (await scryptKeysOf(secrets)).map((key) => ({ key, iv })),
  },
];

export const foreignFormOf = (text: string): ForeignForm | null =>
  SCHEMES.find(({ looksLike }) => looksLike.test(text))?.form ?? null;

/**
 * Decrypts the text with each secret. Returns every result whose padding is valid; a wrong secret gives valid padding
 * about once in 256 times. Returns null if the text is not complete, or has neither form.
 */
export async function decryptForeign(text: string, secrets: readonly string[]): Promise<string[] | null> {
  const scheme = SCHEMES.find(({ looksLike }) => looksLike.test(text));
  const parts = scheme?.parse(text) ?? null;
  if (scheme === undefined || parts === null) return null;
  const clear: string[] = [];
  for (const { key, iv } of await scheme.deriveKeys(secrets, parts)) {
    const found = decryptCbc(key, iv, parts.ciphertext);
    if (found !== null) clear.push(found.toString("utf8"));
    found?.fill(0);
  }
  return clear;
}

function decryptCbc(key: Buffer, iv: Buffer, ciphertext: Buffer): Buffer | null {
  const decipher = createDecipheriv("aes-256-cbc", key, iv);
  const blocks = [decipher.update(ciphertext)];
  try {
    blocks.push(decipher.final());
    return Buffer.concat(blocks);
  } catch {
    return null;
  } finally {
    for (const block of blocks) block.fill(0);
  }
}
