/** Keys from secrets, by scrypt: about 250 ms and 128 MiB for each guess. */
import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import { type Derivation, ID_BYTES } from "./seal-text.ts";

type Cost = { N: number; r: number; p: number; maxmem: number };

const run = promisify<string, Buffer | string, number, Cost, Buffer>(scrypt);

const derive = (secret: string, salt: Buffer | string, bytes: number, { log2N, r, p }: typeof COST) => {
  const N = 2 ** log2N;
  // The same characters, however they were typed.
  return run(secret.normalize("NFKC"), salt, bytes, { N, r, p, maxmem: 256 * N * r });
};

/** Of new seals. Older ones name the lower cost that they were made with, and still open. */
export const COST = { log2N: 17, r: 8, p: 1 };
export const KEY_BYTES = 32;

/** A key that wraps data keys, and by what it is recognised. */
export type WrappingKey = { readonly key: Buffer; readonly id: Buffer };

export async function deriveWrappingKey(secret: string, { salt, ...cost }: Derivation): Promise<WrappingKey> {
  const derived = await derive(secret, salt, KEY_BYTES + ID_BYTES, cost);
  return { key: derived.subarray(0, KEY_BYTES), id: derived.subarray(KEY_BYTES) };
}

/**
 * What a secret may be called by, in logs and answers: ten hex digits that tell two secrets apart. As dear to guess
 * from as a sealed key.
 */
export const fingerprintOf = async (secret: string): Promise<string> =>
  (await derive(secret, "cto-queue: fingerprint of a secret", 5, COST)).toString("hex");
