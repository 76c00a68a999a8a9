/** Tests who can have opened each venue's market, which decides whether its price is trusted alone. */
import { readFileSync } from "node:fs";
import { getAddressDecoder } from "@solana/kit";
import { expect, it } from "vitest";
import type { Address } from "../../src/engine/ports.ts";
import { createDirectVenues } from "../../src/venues/direct-venues.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { curveAddressOf } from "../../src/venues/meteora/program.ts";
import { meteoraMarket } from "./markets.ts";

it("is the launch alone for curves, its program for the canonical pool, and anyone for the others", () => {
  const kinds = createDirectVenues()
    .filter(({ code }) => code !== "meteora")
    .map(({ code, kind }) => [code, kind(null)]);
  expect(Object.fromEntries(kinds)).toEqual({
    pumpfun: "only",
    bonk: "only",
    pumpswap: "canonical",
    heaven: "openToAll",
    cpmm: "openToAll",
  });
});

it("is the launch alone for a Meteora curve at its own address, and anyone for the pools", () => {
  const given = {
    sqrtPrice: 1n,
    endSqrtPrice: 2n,
    segments: [],
    scheduledFee: 0n,
    volatility: null,
    isFeeOnSol: true,
  };
  const { kind } = createMeteora();
  expect(kind({ ...meteoraMarket(given), isOwn: true })).toBe("only");
  expect(kind({ ...meteoraMarket(given), isOwn: false })).toBe("openToAll");
});

it("derives a Meteora curve's address from its configuration, as the official SDK does", () => {
  const text = readFileSync(new URL("../vectors/meteora-accounts.json", import.meta.url), "utf8");
  const { vectors } = JSON.parse(text) as {
    vectors: { kind: string; mint: Address; accounts: { address: Address; data: string }[] }[];
  };
  const curves = vectors.filter(({ kind }) => kind === "curve");
  expect(curves.length).toBeGreaterThan(10);
  return Promise.all(
    curves.map(async ({ mint, accounts: [curve] }) => {
      const data = Buffer.from(curve?.data ?? "", "base64");
      const config = getAddressDecoder().decode(data.subarray(72, 104));
      expect(await curveAddressOf(mint, config)).toBe(curve?.address);
    }),
  );
});
