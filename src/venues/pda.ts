/** Program-derived addresses, remembered: deriving one takes several hashes, and the same are asked for again and again. */
import { type Address, getAddressEncoder, getProgramDerivedAddress } from "@solana/kit";

/** The oldest goes first. */
const KEPT = 5_000;
const known = new Map<string, Promise<Address>>();
const encoder = getAddressEncoder();

/** Text, raw bytes, or an address. */
export type Seed = string | Uint8Array | { readonly address: Address };

const bytesOf = (seed: Seed): Uint8Array => {
  if (typeof seed === "string") return new TextEncoder().encode(seed);
  return seed instanceof Uint8Array ? seed : new Uint8Array(encoder.encode(seed.address));
};

/** @example pda(PROGRAM, "bonding-curve", { address: mint }) */
export const pda = (program: Address, ...seeds: readonly Seed[]): Promise<Address> => {
  const bytes = seeds.map(bytesOf);
  const key = `${program}/${bytes.map((each) => Buffer.from(each).toString("hex")).join("/")}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const derived = getProgramDerivedAddress({ programAddress: program, seeds: bytes }).then(
    ([address]) => address,
  );
  known.set(key, derived);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return derived;
};
