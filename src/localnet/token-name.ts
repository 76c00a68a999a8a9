/** Gives a token of the localnet a name: the metadata account that a mint would have on mainnet, with no program to make it. */
import { type Address, getAddressEncoder, lamports } from "@solana/kit";
import { METADATA_PROGRAM, metadataAccountOf } from "../venues/token-label.ts";
import type { Cluster } from "./cluster.ts";

export type TokenName = { readonly symbol: string; readonly name: string };

const METADATA_V1 = 4;

const text = (value: string): Uint8Array => {
  const bytes = new TextEncoder().encode(value);
  const sized = new Uint8Array(4 + bytes.length);
  new DataView(sized.buffer).setUint32(0, bytes.length, true);
  sized.set(bytes, 4);
  return sized;
};

/** Its bytes, with an address that nobody fetches. The mint stands in for the authority. */
export const metadataOf = (mint: Address, { symbol, name }: TokenName): Uint8Array => {
  const key = getAddressEncoder().encode(mint);
  return Uint8Array.from([
    METADATA_V1,
    ...key,
    ...key,
    ...text(name),
    ...text(symbol),
    ...text("https://localhost/token.json"),
  ]);
};

/** The text is taken as it is, hostile or not: who reads it has to clean it. */
export const nameToken = async (cluster: Cluster, mint: Address, name: TokenName): Promise<void> => {
  const data = metadataOf(mint, name);
  cluster.setAccount({
    address: await metadataAccountOf(mint),
    owner: METADATA_PROGRAM,
    lamports: lamports(cluster.rentExemption(BigInt(data.length))),
    data,
    executable: false,
  });
};
