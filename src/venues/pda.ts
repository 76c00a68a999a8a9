/**
 * Derives program-derived addresses, with a cache: a derivation takes several hashes, and callers request the same
 * addresses repeatedly.
 */
import { createHash } from "node:crypto";
import type { Address } from "@solana/kit";
import { addressAt, bytesOfAddress } from "../base/base58.ts";
import { isOnCurve } from "../base/curve.ts";
import { CTOError } from "../errors/index.ts";

/**
 * The size of the cache; a full cache drops the oldest. An operation of a hundred wallets derives five hundred
 * addresses.
 */
const KEPT = 20_000;
const known = new Map<string, Address>();

/** Text, raw bytes, or an address. */
export type Seed = string | Uint8Array | { readonly address: Address };

const MARKER = Buffer.from("ProgramDerivedAddress");

const bytesOf = (seed: Seed): ArrayLike<number> => {
  if (typeof seed === "string") return Buffer.from(seed);
  return seed instanceof Uint8Array ? seed : bytesOfAddress(seed.address);
};

/** A unique name for a seed. Only an address and its raw bytes have different names for the same seed. */
const nameOf = (seed: Seed): string => {
  if (typeof seed === "string") return `${seed.length}:${seed}`;
  return seed instanceof Uint8Array ? `#${Buffer.from(seed).toString("hex")}` : seed.address;
};

/** Finds the first bump, from 255 down, whose hash is not a point on the curve. Every client uses this order. */
function derive(program: Address, seeds: readonly Seed[]): Address {
  const begun = createHash("sha256");
  for (const seed of seeds) begun.update(Uint8Array.from(bytesOf(seed)));
  const end = Buffer.concat([Uint8Array.from(bytesOfAddress(program)), MARKER]);
  for (let bump = 255; bump >= 0; bump -= 1) {
    const hash = begun.copy().update(Uint8Array.of(bump)).update(end).digest();
    if (!isOnCurve(hash)) return addressAt(hash);
  }
  throw new CTOError("CTO_E_INTERNAL", { reason: `no bump gives ${program} an address for these seeds` });
}

/** @example pda(PROGRAM, "bonding-curve", { address: mint }) */
export const pda = async (program: Address, ...seeds: readonly Seed[]): Promise<Address> => {
  const name = `${program}/${seeds.map(nameOf).join("/")}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const derived = derive(program, seeds);
  known.set(name, derived);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return derived;
};
