/**
 * Writes and reads the text of a sealed key:
 *
 * `cto-box:2:scrypt:<log2 N>:<r>:<p>:<salt>:<key id>:<owner>:<wrapped data key>:<sealed key>`
 *
 * Binary parts are base64url. The key id identifies the secret, and the owner identifies the wallet. They let us
 * distinguish a wrong secret, a key of another wallet and a changed text. They are not proof: the proof is that both
 * layers open. Each layer seals 32 bytes, so we detect a shortened text at once.
 */

/** The parameters that derive a key-encryption key from a secret. */
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

/** Returns whether a text begins like a sealed key, even if it is not complete. */
export const looksSealed = (text: string): boolean => text.startsWith(PREFIX);

/** The part before the two ciphertexts. */
export const headerText = ({ derivation, keyId, owner }: Omit<SealedParts, "wrapped" | "body">): string => {
  const { log2N, r, p, salt } = derivation;
  return [`cto-box:2:scrypt:${log2N}:${r}:${p}`, ...[salt, keyId, owner].map(encode)].join(":");
};

export const sealedText = ({ wrapped, body, ...header }: SealedParts): string =>
  [headerText(header), encode(wrapped), encode(body)].join(":");

/**
 * Parses the text; returns null if it is not complete. The parameters have limits, so that a changed text can neither
 * make scrypt use all memory nor make the key weak.
 */
export function readSealedText(text: string): SealedParts | null {
  const [, log2N, r, p, ...binary] = FORMAT.exec(text) ?? [];
  const [salt, keyId, owner, wrapped, body] = binary.map((part) => Buffer.from(part, "base64url"));
  if (!salt || !keyId || !owner || !wrapped || !body) return null;
  const derivation = { log2N: Number(log2N), r: Number(r), p: Number(p), salt };
  if (derivation.log2N < 14 || derivation.log2N > 18 || derivation.r !== 8) return null;
  if (derivation.p < 1 || derivation.p > 4) return null;
  const parts = { derivation, keyId, owner, wrapped, body };
  // Base64 decoding ignores surplus bits. We accept only the spelling that we write.
  return sealedText(parts) === text ? parts : null;
}

const encode = (bytes: Buffer): string => bytes.toString("base64url");
