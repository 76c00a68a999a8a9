/**
 * Gives a token of the localnet a name: writes the metadata account that a mint would have on mainnet, without a
 * metadata program.
 */
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

/** The account's bytes, with a picture address that no one fetches. The mint takes the place of the authority. */
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

/** Writes the text unchanged, even if it is hostile: the reader must clean it. */
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
