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

/** The constant DER prefixes of an Ed25519 seed (RFC 8410, PKCS#8) and of a public key (SPKI). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

export const SEED_BYTES = 32;

/** A private key and its address. The holder wipes the seed (`seed.fill(0)`) after use. */
export type Keypair = { readonly seed: Uint8Array; readonly address: Address };

/** A new random wallet. */
export function generateKeypair(): Keypair {
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  return { seed, address: addressOfKey(privateKeyOfSeed(seed)) };
}

/** The address of a 32-byte seed. */
export const addressOfSeed = (seed: Uint8Array): Address => addressOfKey(privateKeyOfSeed(seed));

/** The key object of a 32-byte seed. The caller may wipe the seed afterwards. */
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
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return addressAt(spki, SPKI_PREFIX.length);
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
  const spki = Buffer.concat([SPKI_PREFIX, Uint8Array.from(bytesOfAddress(address))]);
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  publicKeys.set(address, key);
  const [oldest] = publicKeys.keys();
  if (publicKeys.size > KEPT && oldest !== undefined) publicKeys.delete(oldest);
  return key;
}

/** Returns whether the address made this signature of these bytes. */
export const verifyBytes = (address: Address, bytes: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, bytes, publicKeyOf(address), signature);
