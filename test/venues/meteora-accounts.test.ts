/**
 * Tests Meteora's curves and pools from account bytes: we read, quote and buy as the official SDKs do. See
 * test/oracles.
 */
import { readFileSync } from "node:fs";
import { getAddressEncoder, isSignerRole, isWritableRole, lamports } from "@solana/kit";
import { getMintEncoder } from "@solana-program/token";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { requireOffer } from "../../src/engine/buy/anchor.ts";
import type { Address, Fetched, RawAccount } from "../../src/engine/ports.ts";
import { CLOCK_SYSVAR } from "../../src/engine/ports.ts";
import { legsOf } from "../../src/journal/contract/harness.ts";
import { dammPoolsOf } from "../../src/venues/meteora/damm.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import type { MeteoraMarket } from "../../src/venues/meteora/market.ts";
import { openDirect } from "../../src/venues/open-direct.ts";
import type { Reading } from "../../src/venues/venue.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
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
    const answer = { endpoint: "one", slot: 1n, accounts: new Map([[first.address, found]]) };
    await venue.discover?.(async () => [answer], vector.mint);
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

  it("are searched for again if the first search was answered with a lie", async () => {
    const vector = vectors.find(({ kind }) => kind === "curve") ?? expect.fail("no curve");
    const accounts = accountsOf(vector);
    const at = vector.accounts[0]?.address ?? expect.fail("no account");
    const curve = accounts.get(at) ?? expect.fail("no curve");
    const venue = createMeteora();
    const lie = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
    const search = async (found: Address) => {
      const answer = { endpoint: "one", slot: 1n, accounts: new Map([[found, curve]]) };
      await venue.discover?.(async () => [answer], vector.mint);
      return venue.accounts(vector.mint);
    };
    expect(await search(lie)).toContain(lie);
    expect(await search(at)).not.toContain(at);
    await venue.read(vector.mint, { slot: 1n, accounts: new Map([...accounts, [lie, null]]) });
    expect(await search(at)).toContain(at);
  });

  it("are read from an honest endpoint after another one has hidden the curve, which is then searched for again", async () => {
    const vector = vectors.find(({ kind }) => kind === "curve") ?? expect.fail("no curve");
    const at = vector.accounts[0]?.address ?? expect.fail("no account");
    const { venue, fetched, reading } = await readFrom(vector, accountsOf(vector));
    expect(reading.state).toBe("trading");
    const hiding = { slot: 1n, accounts: new Map([...fetched.accounts, [at, null] as const]) };
    expect((await venue.read(vector.mint, hiding)).state).toBe("none");
    expect((await venue.read(vector.mint, fetched)).state).toBe("trading");
    let searches = 0;
    await venue.discover?.(async () => {
      searches += 1;
      return [];
    }, vector.mint);
    expect(searches).toBe(1);
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

describe("an operation whose curve moves to its DAMM v2 pool half-way", () => {
  const LEG = lamports(10_000_000n);
  const BOUGHT = 60n * 10n ** 9n;

  const setU128 = (data: Uint8Array, at: number, value: bigint): void => {
    const view = new DataView(data.buffer, data.byteOffset);
    view.setBigUint64(at, value & (2n ** 64n - 1n), true);
    view.setBigUint64(at + 8, value >> 64n, true);
  };

  /** Marks the curve as migrated, and puts its pool there: at the curve's price, which 60 SOL drive up 41 times. */
  async function migrate(vector: Vector, accounts: Accounts, { sqrtPrice }: MeteoraMarket): Promise<void> {
    const pool = vectors.find(({ kind }) => kind === "pool") ?? expect.fail("no pool");
    const [written] = pool.accounts;
    const [curve, at] = [vector.accounts[0]?.address, (await dammPoolsOf(vector.mint))[0]];
    if (written === undefined || curve === undefined || at === undefined) return expect.fail("no account");
    accounts.get(curve)?.data.set([1], 305);
    const data = Uint8Array.from(Buffer.from(written.data, "base64"));
    data.set(getAddressEncoder().encode(vector.mint), 168);
    setU128(data, 360, (BOUGHT << 128n) / (sqrtPrice * 5n));
    setU128(data, 440, sqrtPrice * 1_000n);
    setU128(data, 456, sqrtPrice);
    accounts.set(at, { owner: written.owner, lamports: lamports(1n), data });
    accounts.set(CLOCK_SYSVAR, clockAt(pool.now));
  }

  it("is offered less than its anchor there once 60 SOL have driven the price up, and is refused", async () => {
    const vector = vectors.find(({ kind }) => kind === "curve") ?? expect.fail("no curve");
    const accounts = accountsOf(vector);
    const first = await readFrom(vector, accounts);
    const { mint, tokenProgram, buyer } = vector;
    const owners = new Map();
    const token = { mint, tokenProgram, decimals: 6, tokenAccountBytes: 165 };
    const known = { slot: 1n, ...token, owners, cluster: OLD_CLUSTER };
    const open = (market: MeteoraMarket, { fetched }: Pick<typeof first, "fetched">) =>
      openDirect(
        first.venue,
        market,
        { ...known, fetched },
        {
          legs: Array.from({ length: 6 }, () => LEG),
          slippageBps: 100,
          taker: buyer,
        },
      );
    const curve = open(marketOf(first.reading), first);
    const { leastTokens } = curve.offer(LEG);
    const left = legsOf(4).map((leg) => ({ ...leg, lamports: LEG, leastTokens }));
    expect(requireOffer(curve, left)).toHaveLength(4);

    await migrate(vector, accounts, marketOf(first.reading));
    const second = await readFrom(vector, accounts);
    const pool = marketOf(second.reading);
    expect([marketOf(first.reading).kind, pool.kind]).toEqual(["curve", "pool"]);
    const driven = open(second.venue.after(pool, BOUGHT), second);
    expect(() => requireOffer(driven, left)).toThrow(
      expect.objectContaining({
        code: "CTO_E_PRICE_MOVED",
        message: expect.stringMatching(/9[78]\.\d % less/),
      }),
    );
  });
});
