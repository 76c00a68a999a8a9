/**
 * Tests Meteora's curves and pools from account bytes: we read, quote and buy as the official SDKs do. See
 * test/oracles.
 */
import { readFileSync } from "node:fs";
import { isSignerRole, isWritableRole, lamports } from "@solana/kit";
import { getMintEncoder } from "@solana-program/token";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Address, Fetched, RawAccount } from "../../src/engine/ports.ts";
import { CLOCK_SYSVAR } from "../../src/engine/ports.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import type { MeteoraMarket } from "../../src/venues/meteora/market.ts";
import type { Reading } from "../../src/venues/venue.ts";
import fc from "../support/fast-check.ts";

const integer = z.string().transform(BigInt);
const address = z.string().transform((text) => text as Address);
const VECTOR = z.object({
  kind: z.enum(["curve", "pool"]),
  mint: address,
  tokenProgram: address,
  buyer: address,
  accounts: z.array(z.object({ address, owner: address, data: z.string() })).min(1),
  now: integer,
  input: integer,
  tokensOut: integer,
  instruction: z.object({ keys: z.array(z.tuple([z.string(), z.boolean(), z.boolean()])), data: z.string() }),
});
type Vector = z.infer<typeof VECTOR>;

const { sdk, vectors } = z
  .object({ sdk: z.string(), vectors: z.array(VECTOR).min(40) })
  .parse(JSON.parse(readFileSync(new URL("../vectors/meteora-accounts.json", import.meta.url), "utf8")));

const MINT = getMintEncoder().encode({
  mintAuthority: null,
  supply: 10n ** 15n,
  decimals: 6,
  isInitialized: true,
  freezeAuthority: null,
});

/** Builds the clock. Slot and Unix time are equal, because a market uses only one of them. */
const clockAt = (now: bigint): RawAccount => {
  const data = new Uint8Array(40);
  new DataView(data.buffer).setBigUint64(0, now, true);
  new DataView(data.buffer).setBigUint64(32, now, true);
  return { owner: "Sysvar1111111111111111111111111111111111111" as Address, lamports: lamports(1n), data };
};

type Accounts = Map<Address, RawAccount>;

const accountsOf = ({ mint, tokenProgram, accounts, now }: Vector): Accounts =>
  new Map([
    [mint, { owner: tokenProgram, lamports: lamports(1n), data: Uint8Array.from(MINT) }],
    [CLOCK_SYSVAR, clockAt(now)],
    ...accounts.map(
      ({ address: at, owner, data }) =>
        [at, { owner, lamports: lamports(1n), data: Uint8Array.from(Buffer.from(data, "base64")) }] as const,
    ),
  ]);

/** Reads these accounts with a venue that has found the curve in its one search. */
async function readFrom(vector: Vector, accounts: Accounts) {
  const venue = createMeteora();
  const [first] = vector.accounts;
  const found = first && accounts.get(first.address);
  if (vector.kind === "curve" && first && found) {
    const filters = { slot: 1n, accounts: new Map([[first.address, found]]) };
    await venue.discover?.(async () => filters, vector.mint);
  }
  const named = await venue.accounts(vector.mint);
  const look = new Map([vector.mint, ...named].map((at) => [at, accounts.get(at) ?? null]));
  const further = (await venue.more?.(vector.mint, { slot: 1n, accounts: look })) ?? [];
  const fetched: Fetched = {
    slot: 1n,
    accounts: new Map([...look, ...further.map((at) => [at, accounts.get(at) ?? null] as const)]),
  };
  return { venue, fetched, reading: await venue.read(vector.mint, fetched) };
}

const marketOf = (reading: Reading<MeteoraMarket>): MeteoraMarket =>
  reading.state === "trading" ? reading.market : expect.fail(`it is ${reading.state}`);

describe(`the accounts that ${sdk} wrote`, () => {
  it("are of curves and of pools, under both token programs", () => {
    expect(new Set(vectors.map(({ kind }) => kind))).toEqual(new Set(["curve", "pool"]));
    expect(new Set(vectors.map(({ tokenProgram }) => tokenProgram)).size).toBe(2);
  });

  it("are read and quoted as they do", async () => {
    for (const vector of vectors) {
      const { venue, reading } = await readFrom(vector, accountsOf(vector));
      expect(venue.quote(marketOf(reading), vector.input)?.tokensOut).toBe(vector.tokensOut);
    }
  });

  it("are named in a buy as they do, in their order, with their flags and data", async () => {
    for (const vector of vectors) {
      const { venue, fetched, reading } = await readFrom(vector, accountsOf(vector));
      const buy = {
        buyer: vector.buyer,
        payer: vector.buyer,
        lamports: vector.input,
        minTokensOut: 7n,
        lamportsPerByte: 6_960n,
        fetched,
      };
      const [swap] = (await venue.instructions(marketOf(reading), buy, 0)).swap;
      const named = swap?.accounts ?? [];
      // The program does not require a writable payer. A fee payer is always writable.
      const theirs = vector.instruction.keys.map(([key, isSigner, isWritable]) => [
        key,
        isSigner,
        isWritable || isSigner,
      ]);
      const ours = named.map(({ address: at, role }) => [at, isSignerRole(role), isWritableRole(role)]);
      expect(ours).toEqual(theirs);
      expect(Buffer.from(swap?.data ?? []).toString("base64")).toBe(vector.instruction.data);
    }
  });

  it("cause no panic, however damaged, and another program's are never traded with", async () => {
    const damage = fc.record({
      vector: fc.constantFrom(...vectors),
      at: fc.nat(1),
      offset: fc.nat(1_112),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      keep: fc.oneof(fc.constant(2_000), fc.nat(1_112)),
      isForeign: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ vector, at, offset, bytes, keep, isForeign }) => {
        const accounts = accountsOf(vector);
        const named = vector.accounts[at % vector.accounts.length]?.address as Address;
        const account = accounts.get(named) ?? expect.fail("no such account");
        const data = account.data.slice(0, keep);
        data.set(bytes.subarray(0, Math.max(0, data.length - offset)), Math.min(offset, data.length));
        accounts.set(named, { ...account, data, ...(isForeign ? { owner: CLOCK_SYSVAR } : {}) });
        const { venue, reading } = await readFrom(vector, accounts);
        if (reading.state !== "trading") return;
        expect(isForeign).toBe(false);
        for (const input of [1n, 10n ** 9n, 10n ** 13n]) {
          const quote = venue.quote(reading.market, input);
          venue.quote(venue.after(reading.market, input), input);
          expect(quote === null || (quote.tokensOut > 0n && quote.feeLamports <= input)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });
});
