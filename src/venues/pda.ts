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
 * The size of a generation of the cache. A full one becomes the older one, whose addresses come back when they are
 * requested again. An operation of a hundred wallets derives five hundred addresses.
 */
const KEPT = 10_000;

/**
 * The address of some seeds, and what follows them. One map for each seed: a text of all seeds would take ten times as
 * long to build and to find.
 */
type Known = { address?: Address; next?: Map<string, Known> };
let known: Known = {};
let older: Known = {};
let kept = 0;

/** Text, raw bytes, or an address. */
export type Seed = string | Uint8Array | { readonly address: Address };

const MARKER = Buffer.from("ProgramDerivedAddress");

const bytesOf = (seed: Seed): ArrayLike<number> => {
  if (typeof seed === "string") return Buffer.from(seed);
  return seed instanceof Uint8Array ? seed : bytesOfAddress(seed.address);
};

/** A unique name for a seed among seeds. Only an address and its raw bytes have different names for the same seed. */
const nameOf = (seed: Seed): string => {
  if (typeof seed === "string") return `${seed.length}:${seed}`;
  return seed instanceof Uint8Array ? `#${Buffer.from(seed).toString("hex")}` : seed.address;
};

const namesOf = (program: Address, seeds: readonly Seed[]): string[] => [program, ...seeds.map(nameOf)];

function find(from: Known, names: readonly string[]): Address | undefined {
  let at: Known | undefined = from;
  for (const name of names) at = at?.next?.get(name);
  return at?.address;
}

function keep(names: readonly string[], address: Address): Address {
  if (kept === KEPT) {
    older = known;
    known = {};
    kept = 0;
  }
  let at = known;
  for (const name of names) {
    at.next ??= new Map();
    const next: Known = at.next.get(name) ?? {};
    at.next.set(name, next);
    at = next;
  }
  at.address = address;
  kept += 1;
  return address;
}

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
  const names = namesOf(program, seeds);
  return find(known, names) ?? keep(names, find(older, names) ?? derive(program, seeds));
};
