/** Derives keys from secrets with scrypt. Each guess costs about 250 ms and 128 MiB. */
import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import { type Derivation, ID_BYTES } from "./seal-text.ts";

type Cost = { N: number; r: number; p: number; maxmem: number };

const run = promisify<string, Buffer | string, number, Cost, Buffer>(scrypt);

const derive = (secret: string, salt: Buffer | string, bytes: number, { log2N, r, p }: typeof COST) => {
  const N = 2 ** log2N;
  // NFKC makes equal characters equal bytes, however the secret was typed.
  return run(secret.normalize("NFKC"), salt, bytes, { N, r, p, maxmem: 256 * N * r });
};

/** The cost for new seals. Older seals contain the lower cost that they were made with, and still open. */
export const COST = { log2N: 17, r: 8, p: 1 };
export const KEY_BYTES = 32;

/** A key that wraps data keys, and the id that identifies it. */
export type WrappingKey = { readonly key: Buffer; readonly id: Buffer };

export async function deriveWrappingKey(secret: string, { salt, ...cost }: Derivation): Promise<WrappingKey> {
  const derived = await derive(secret, salt, KEY_BYTES + ID_BYTES, cost);
  return { key: derived.subarray(0, KEY_BYTES), id: derived.subarray(KEY_BYTES) };
}

/**
 * A name for a secret in logs and answers: ten hex digits that distinguish two secrets. Guessing the secret from it
 * costs as much as from a sealed key.
 */
export const fingerprintOf = async (secret: string): Promise<string> =>
  (await derive(secret, "cto-queue: fingerprint of a secret", 5, COST)).toString("hex");
