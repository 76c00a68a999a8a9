/**
 * The text of a sealed key:
 *
 * `cto-box:2:scrypt:<log2 N>:<r>:<p>:<salt>:<key id>:<owner>:<wrapped data key>:<sealed key>`
 *
 * with binary parts in base64url. The key id tells by which secret it was sealed, and the owner for which wallet,
 * so that a wrong secret, a key of another wallet and a changed text can be told apart. Neither proves anything: what
 * proves is that both layers open. What is sealed has 32 bytes in either layer, so a text that is cut shows at once.
 */

/** How a key-encryption key comes from a secret. */
export type Derivation = {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
};

export type SealedParts = {
  readonly derivation: Derivation;
  readonly keyId: Buffer;
  readonly owner: Buffer;
  readonly wrapped: Buffer;
  readonly body: Buffer;
};

export const ID_BYTES = 6;
const PREFIX = "cto-box:";
const FORMAT =
  /^cto-box:2:scrypt:(\d{1,2}):(\d{1,2}):(\d{1,2}):([\w-]{22}):([\w-]{8}):([\w-]{8}):([\w-]{80}):([\w-]{80})$/;

/** Whether a text means to be a sealed key, be it whole or not. */
export const looksSealed = (text: string): boolean => text.startsWith(PREFIX);

/** What comes before the two ciphertexts. */
export const headerText = ({ derivation, keyId, owner }: Omit<SealedParts, "wrapped" | "body">): string => {
  const { log2N, r, p, salt } = derivation;
  return [`cto-box:2:scrypt:${log2N}:${r}:${p}`, ...[salt, keyId, owner].map(encode)].join(":");
};

export const sealedText = ({ wrapped, body, ...header }: SealedParts): string =>
  [headerText(header), encode(wrapped), encode(body)].join(":");

/** Bounds the parameters: a changed text must not make scrypt eat all memory, nor be weak. Null: not whole. */
export function readSealedText(text: string): SealedParts | null {
  const [, log2N, r, p, ...binary] = FORMAT.exec(text) ?? [];
  const [salt, keyId, owner, wrapped, body] = binary.map((part) => Buffer.from(part, "base64url"));
  if (!salt || !keyId || !owner || !wrapped || !body) return null;
  const derivation = { log2N: Number(log2N), r: Number(r), p: Number(p), salt };
  if (derivation.log2N < 14 || derivation.log2N > 18 || derivation.r !== 8) return null;
  if (derivation.p < 1 || derivation.p > 4) return null;
  const parts = { derivation, keyId, owner, wrapped, body };
  // Base64 ignores stray bits: only the one spelling that we write is read.
  return sealedText(parts) === text ? parts : null;
}

const encode = (bytes: Buffer): string => bytes.toString("base64url");
