/**
 * Reads a token's name from the chain: from the metadata account of its mint (Metaplex Token Metadata,
 * `state/metadata.rs`), or from the mint itself (the Token-2022 extensions `MetadataPointer` and `TokenMetadata`). We
 * never fetch the picture whose address is stored with it.
 */
import { type Address, address } from "@solana/kit";
import { labelOf, type TokenLabel } from "../base/token-label.ts";
import type { Fetched, RawAccount } from "../engine/ports.ts";
import { fieldsOf, NOBODY } from "./bytes.ts";
import { pda } from "./pda.ts";
import { extensionOf } from "./token-layout.ts";

export const METADATA_PROGRAM = address("metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s");
const METADATA_V1 = 4;
/** The offsets after the kind, the authority and the mint. */
const METAPLEX = { mint: 33, text: 65 } as const;

const METADATA_POINTER = 18;
const TOKEN_METADATA = 19;
/** The offsets after the authority; the mint follows it. */
const IN_MINT = { pointsTo: 32, mint: 32, text: 64 } as const;

export const metadataAccountOf = (mint: Address): Promise<Address> =>
  pda(METADATA_PROGRAM, "metadata", { address: METADATA_PROGRAM }, { address: mint });

const decoder = new TextDecoder();

/** Reads name and symbol, each a u32 length and its bytes. Returns null if the bytes end before the text does. */
const readTexts = (data: Uint8Array, offset: number): TokenLabel | null => {
  const fields = fieldsOf(data);
  const endOfName = offset + 4 + fields.u32(offset);
  const endOfSymbol = endOfName + 4 + fields.u32(endOfName);
  if (endOfSymbol > data.length) return null;
  const text = (from: number, to: number): string => decoder.decode(data.subarray(from + 4, to));
  return labelOf(text(endOfName, endOfSymbol), text(offset, endOfName));
};

const fromMetaplex = (mint: Address, account: RawAccount | null | undefined): TokenLabel | null => {
  if (account?.owner !== METADATA_PROGRAM || account.data[0] !== METADATA_V1) return null;
  return fieldsOf(account.data).address(METAPLEX.mint) === mint
    ? readTexts(account.data, METAPLEX.text)
    : null;
};

const fromMint = (mint: Address, account: RawAccount): TokenLabel | null => {
  const data = extensionOf(account, TOKEN_METADATA);
  if (data === null || fieldsOf(data).address(IN_MINT.mint) !== mint) return null;
  return readTexts(data, IN_MINT.text);
};

/** The account that contains the name, according to the mint; by default the metadata account. */
const placeOf = (account: RawAccount, metadata: Address): Address => {
  const pointer = extensionOf(account, METADATA_POINTER);
  const to = pointer === null ? NOBODY : fieldsOf(pointer).address(IN_MINT.pointsTo);
  return to === NOBODY ? metadata : to;
};

/** Returns null if the token has no name, or if its name is in an account that we do not read. */
export const readLabel = (mint: Address, metadata: Address, { accounts }: Fetched): TokenLabel | null => {
  const account = accounts.get(mint);
  if (account == null) return null;
  const place = placeOf(account, metadata);
  if (place === mint) return fromMint(mint, account);
  return place === metadata ? fromMetaplex(mint, accounts.get(metadata)) : null;
};
