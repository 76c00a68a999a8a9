/** Reads the vectors of PumpSwap pools, account bytes from the official SDK: see test/oracles/pumpswap-accounts.mjs. */
import { readFileSync } from "node:fs";
import { lamports } from "@solana/kit";
import { getMintEncoder } from "@solana-program/token";
import { expect } from "vitest";
import { z } from "zod";
import type { Address, Fetched, RawAccount } from "../../../src/engine/ports.ts";
import { pumpswap } from "../../../src/venues/pumpswap/index.ts";
import type { PumpswapMarket } from "../../../src/venues/pumpswap/market.ts";

const integer = z.string().transform(BigInt);
const address = z.string().transform((text) => text as Address);
const VECTOR = z.object({
  mint: address,
  tokenProgram: address,
  buyer: address,
  supply: integer,
  input: integer,
  least: integer,
  accounts: z.array(z.object({ address, owner: address, size: z.number(), data: z.string() })),
  tokensOut: integer,
  net: integer,
  isCashback: z.boolean(),
  instruction: z.object({ keys: z.array(z.tuple([z.string(), z.boolean(), z.boolean()])), data: z.string() }),
});
export type Vector = z.infer<typeof VECTOR>;

const FILE = new URL("../../vectors/pumpswap-accounts.json", import.meta.url);
export const { sdk, vectors } = z
  .object({ sdk: z.string(), vectors: z.array(VECTOR).min(50) })
  .parse(JSON.parse(readFileSync(FILE, "utf8")));

const mintData = (supply: bigint): Uint8Array =>
  Uint8Array.from(
    getMintEncoder().encode({
      mintAuthority: null,
      supply,
      decimals: 6,
      isInitialized: true,
      freezeAuthority: null,
    }),
  );

export type Accounts = Map<Address, RawAccount | null>;

export const accountsOf = ({ mint, tokenProgram, supply, accounts }: Vector): Accounts =>
  new Map([
    [mint, { owner: tokenProgram, lamports: lamports(1n), data: mintData(supply) }],
    ...accounts.map(({ address, owner, size, data }) => {
      const padded = new Uint8Array(size);
      padded.set(Buffer.from(data, "base64"));
      return [address, { owner, lamports: lamports(1n), data: padded }] as const;
    }),
  ]);

export const fetchedFrom = (accounts: Accounts): Fetched => ({ slot: 1n, accounts });

export const marketOf = async (vector: Vector): Promise<PumpswapMarket> => {
  const reading = await pumpswap.read(vector.mint, fetchedFrom(accountsOf(vector)));
  return reading.state === "trading" ? reading.market : expect.fail(JSON.stringify(reading));
};

/**
 * Returns the vector's accounts, with some bytes of one account changed. 0: pool, 1 and 2: configurations, 3 and 4:
 * vaults.
 */
export const changed = (vector: Vector, at: number, offset: number, bytes: readonly number[]): Fetched => {
  const accounts = accountsOf(vector);
  const address = vector.accounts[at]?.address ?? expect.fail("no such account");
  const account = accounts.get(address) ?? expect.fail("no such account");
  account.data.set(bytes, offset);
  return fetchedFrom(accounts);
};
