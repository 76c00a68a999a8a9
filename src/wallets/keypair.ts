/**
 * Creates and uses Ed25519 keys of Solana wallets: a 32-byte seed is the private key, and the public key in base58 is
 * the address.
 *
 * We sign with `node:crypto` key objects. This is about twice as fast as WebCrypto, and no key in clear stays in a
 * JavaScript buffer.
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from "node:crypto";
import type { Address } from "@solana/kit";
import { addressAt, bytesOfAddress } from "../base/base58.ts";

/** The constant DER prefix of an Ed25519 seed (RFC 8410, PKCS#8). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export const SEED_BYTES = 32;

/** A private key and its address. The holder wipes the seed (`seed.fill(0)`) after use. */
export type Keypair = { readonly seed: Uint8Array; readonly key: KeyObject; readonly address: Address };

/** A new random wallet. */
export const generateKeypair = (): Keypair => keypairOfSeed(new Uint8Array(randomBytes(SEED_BYTES)));

/** Returns the seed itself, not a copy. */
export function keypairOfSeed(seed: Uint8Array): Keypair {
  const key = privateKeyOfSeed(seed);
  return { seed, key, address: addressOfKey(key) };
}

/**
 * The key object of a 32-byte seed. The caller may wipe the seed afterwards. A JWK would be read ten times as fast, but
 * it has the seed as a text, which nobody can wipe.
 */
export function privateKeyOfSeed(seed: Uint8Array): KeyObject {
  const key = Buffer.concat([PKCS8_PREFIX, seed]);
  try {
    return createPrivateKey({ key, format: "der", type: "pkcs8" });
  } finally {
    key.fill(0);
  }
}

/** The address of a private key. */
export function addressOfKey(key: KeyObject): Address {
  // Node.js exports a JWK much faster than DER.
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return addressAt(Buffer.from(x, "base64url"), 0);
}

/** Returns 64 bytes. Deterministic: the same key and bytes give the same signature. */
export const signBytes = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, bytes, key));

/** We cache public keys, because creating one takes as long as verifying with it. A full cache drops the oldest. */
const KEPT = 5_000;
const publicKeys = new Map<Address, KeyObject>();

function publicKeyOf(address: Address): KeyObject {
  const known = publicKeys.get(address);
  if (known !== undefined) return known;
  const x = Buffer.from(bytesOfAddress(address)).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  publicKeys.set(address, key);
  const [oldest] = publicKeys.keys();
  if (publicKeys.size > KEPT && oldest !== undefined) publicKeys.delete(oldest);
  return key;
}

/** Returns whether the address made this signature of these bytes. */
export const verifyBytes = (address: Address, bytes: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, bytes, publicKeyOf(address), signature);
