/**
 * Tests pump.fun's three buys with an exact input: which buy we choose, which accounts it names, and which rents it
 * takes.
 */
import { getAddressDecoder, isSignerRole, isWritableRole } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Address, Lamports, RawAccount } from "../../../src/engine/ports.ts";
import { NOBODY } from "../../../src/venues/bytes.ts";
import { pumpfun } from "../../../src/venues/pumpfun/index.ts";
import type { PumpfunMarket } from "../../../src/venues/pumpfun/market.ts";
import { creatorVaultOf, curveOf, userVolumeOf } from "../../../src/venues/pumpfun/program.ts";
import { tokenAccountOf } from "../../../src/venues/wrapped-sol.ts";
import { pumpfunMarket } from "../markets.ts";

const BUYER = getAddressDecoder().decode(new Uint8Array(32).fill(202));
const SPL = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const WRAPPED_SOL = "So11111111111111111111111111111111111111112" as Address;

const market = (given: Partial<PumpfunMarket> = {}): PumpfunMarket =>
  pumpfunMarket({
    virtualTokens: 10n ** 15n,
    virtualLamports: 30n * 10n ** 9n,
    realTokens: 8n * 10n ** 14n,
    tiers: [{ marketCap: 0n, fees: { lpBps: 0n, protocolBps: 95n, creatorBps: 30n } }],
    ...given,
  });

const built = (of: PumpfunMarket, version: number, there: readonly Address[] = []) => {
  const account: RawAccount = { owner: SPL, lamports: 890_880n as Lamports, data: new Uint8Array() };
  const fetched = { slot: 1n, accounts: new Map(there.map((address) => [address, account])) };
  const buy = {
    buyer: BUYER,
    payer: BUYER,
    lamports: 10n ** 8n,
    minTokensOut: 7n,
    lamportsPerByte: 6_960n,
    fetched,
  };
  return pumpfun.instructions(of, buy, version);
};

describe("which of pump.fun's buys is taken", () => {
  const [V3, V2, FIRST] = ["e1f7501ed5b38488", "c2ab1c46684d5b2f", "38fc74089edfcd5f"];
  const taken = async (of: PumpfunMarket, version: number): Promise<string> => {
    const [swap] = (await built(of, version)).swap;
    return Buffer.from(swap?.data ?? []).toString("hex", 0, 8);
  };

  it("is the newest, and an older one where the program does not know it", async () => {
    expect(pumpfun.versions).toEqual(["buy_exact_quote_in_v3", "buy_exact_quote_in_v2", "buy_exact_sol_in"]);
    expect(await Promise.all([0, 1, 2].map((version) => taken(market(), version)))).toEqual([V3, V2, FIRST]);
  });

  it("is never the newest for a coin that gives its fees back", async () => {
    expect(await taken(market({ isCashback: true }), 0)).toBe(V2);
  });

  it("is the oldest where there is no buyback recipient to name", async () => {
    expect(await taken(market({ buybackFeeRecipient: NOBODY }), 0)).toBe(FIRST);
    expect(await taken(market({ buybackFeeRecipient: NOBODY }), 1)).toBe(FIRST);
  });
});

describe("the newest of pump.fun's buys", () => {
  it("names the seventeen accounts of its documentation, in that order, and none of the creator's", async () => {
    const of = market();
    const { mint, tokenProgram, buybackFeeRecipient } = of;
    const curve = await curveOf(mint);
    const [swap] = (await built(of, 0)).swap;
    const named = swap?.accounts ?? [];
    expect(named.map(({ address }) => address)).toEqual([
      "4wTV1YmiEkRvAtNtsSGPtUrqRYQMe5SKy2uB4Jjaxnjf",
      mint,
      WRAPPED_SOL,
      tokenProgram,
      SPL,
      curve,
      await tokenAccountOf(curve, mint, tokenProgram),
      await tokenAccountOf(curve, WRAPPED_SOL, SPL),
      BUYER,
      await tokenAccountOf(BUYER, mint, tokenProgram),
      await tokenAccountOf(BUYER, WRAPPED_SOL, SPL),
      await userVolumeOf(BUYER),
      "8Wf5TiAheLUqBrKXeYg2JtAFFMWtKdG2BSFgqUcPVwTt",
      buybackFeeRecipient,
      "11111111111111111111111111111111",
      "Ce6TQqeHC9p8KetsN6JsjHK7UTZk7nasjjnr7XxXp9F1",
      "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P",
    ]);
    const flags = named.map(({ role }) => (isSignerRole(role) ? "s" : isWritableRole(role) ? "w" : "-"));
    expect(flags.join("")).toBe("-----wwwswww-w---");
  });

  it("spends the whole amount, accepts the least that was asked for, and wants no partial fill", async () => {
    const [swap] = (await built(market(), 0)).swap;
    const data = Buffer.from(swap?.data ?? []);
    expect([data.readBigUInt64LE(8), data.readBigUInt64LE(16), data[24], data.length]).toEqual([
      10n ** 8n,
      7n,
      0,
      25,
    ]);
  });
});

describe("the rents that a buy on the curve takes from the buyer", () => {
  const [VOLUME, VAULT, PER_BYTE] = [1_844_400n, 890_880n, 6_960n];
  const rent = async (of: PumpfunMarket, version: number, there: readonly Address[] = []): Promise<bigint> =>
    (await built(of, version, there)).venueRentLamports;

  it("are the volume accumulator's, and with the older buys a creator's first vault's", async () => {
    const vault = await creatorVaultOf(market().creator ?? NOBODY);
    expect(await rent(market(), 0)).toBe(VOLUME);
    expect(await rent(market(), 1)).toBe(VOLUME + VAULT);
    expect(await rent(market(), 2)).toBe(VOLUME + VAULT);
    expect(await rent(market(), 2, [vault, await userVolumeOf(BUYER)])).toBe(0n);
  });

  it("are what is missing where a stranger has sent lamports: these open no account", async () => {
    const sent = (lamports: bigint): RawAccount => ({
      owner: NOBODY,
      lamports: lamports as Lamports,
      data: new Uint8Array(),
    });
    const dusted = async (at: Address, lamports: bigint): Promise<bigint> => {
      const fetched = { slot: 1n, accounts: new Map([[at, sent(lamports)]]) };
      const terms = {
        buyer: BUYER,
        payer: BUYER,
        lamports: 10n ** 8n,
        minTokensOut: 7n,
        lamportsPerByte: PER_BYTE,
      };
      return (await pumpfun.instructions(market(), { ...terms, fetched }, 1)).venueRentLamports;
    };
    const [volume, vault] = [await userVolumeOf(BUYER), await creatorVaultOf(market().creator ?? NOBODY)];
    expect(await dusted(volume, 1n)).toBe(VOLUME - 1n + VAULT);
    expect(await dusted(volume, 890_880n)).toBe(953_520n + VAULT);
    expect(await dusted(volume, VOLUME + 1n)).toBe(VAULT);
    // The program pays a vault's whole minimum, whatever less is there.
    expect(await dusted(vault, VAULT - 1n)).toBe(VOLUME + VAULT);
    expect(await dusted(vault, VAULT)).toBe(VOLUME);
  });

  it("are also what a curve lacks for its size at the deployed program", async () => {
    const short = market({ curveBytes: 151n, curveRent: (128n + 151n) * PER_BYTE });
    expect(await rent(short, 0)).toBe(VOLUME + 15n * PER_BYTE);
    expect(await rent(short, 1)).toBe(VOLUME + VAULT + 15n * PER_BYTE);
    expect(await rent(short, 2)).toBe(VOLUME + VAULT + 15n * PER_BYTE);
    // A program with the oldest buy alone has shorter curves.
    const shorter = market({ curveBytes: 81n, curveRent: (128n + 81n) * PER_BYTE });
    expect(await rent(shorter, 2)).toBe(VOLUME + VAULT + 2n * PER_BYTE);
    expect(await rent(market({ curveRent: 294n * PER_BYTE - 5n }), 0)).toBe(VOLUME + 5n);
  });
});
