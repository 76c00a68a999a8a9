/** Reads the vectors of Raydium's pools, account bytes from the official SDK: see test/oracles/raydium-accounts.mjs. */
import { readFileSync } from "node:fs";
import { lamports } from "@solana/kit";
import { getMintEncoder } from "@solana-program/token";
import { expect } from "vitest";
import { z } from "zod";
import type { Address, Fetched, RawAccount } from "../../src/engine/ports.ts";

const integer = z.string().transform(BigInt);
const address = z.string().transform((text) => text as Address);
const VECTOR = z.object({
  venue: z.enum(["bonk", "cpmm"]),
  mint: address,
  tokenProgram: address,
  accounts: z.array(z.object({ address, owner: address, data: z.string() })),
  buyer: address,
  input: integer,
  least: integer,
  tokensOut: integer,
  graduatedPool: address.optional(),
  instruction: z.object({ keys: z.array(z.tuple([z.string(), z.boolean(), z.boolean()])), data: z.string() }),
});
export type Vector = z.infer<typeof VECTOR>;

const FILE = new URL("../vectors/raydium-accounts.json", import.meta.url);
export const { sdk, vectors } = z
  .object({ sdk: z.string(), vectors: z.array(VECTOR).min(40) })
  .parse(JSON.parse(readFileSync(FILE, "utf8")));
export const of = (venue: Vector["venue"]): Vector[] => vectors.filter((vector) => vector.venue === venue);
export const first = (venue: Vector["venue"]): Vector => of(venue)[0] ?? expect.fail("no vectors");

const MINT = getMintEncoder().encode({
  mintAuthority: null,
  supply: 10n ** 15n,
  decimals: 6,
  isInitialized: true,
  freezeAuthority: null,
});

export type Accounts = Map<Address, RawAccount | null>;

export const accountsOf = ({ mint, tokenProgram, accounts }: Vector): Accounts =>
  new Map([
    [mint, { owner: tokenProgram, lamports: lamports(1n), data: Uint8Array.from(MINT) }],
    ...accounts.map(
      ({ address, owner, data }) =>
        [
          address,
          { owner, lamports: lamports(1n), data: Uint8Array.from(Buffer.from(data, "base64")) },
        ] as const,
    ),
  ]);

export const fetchedFrom = (accounts: Accounts): Fetched => ({ slot: 1n, accounts });

/** Returns the vector's accounts, with one byte of one account changed. */
export const changed = (vector: Vector, at: number, offset: number, value: number): Fetched => {
  const accounts = accountsOf(vector);
  const address = vector.accounts[at]?.address ?? expect.fail("no such account");
  const account = accounts.get(address) ?? expect.fail("no such account");
  account.data[offset] = value;
  return fetchedFrom(accounts);
};
