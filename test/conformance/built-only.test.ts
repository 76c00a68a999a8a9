/**
 * Venues whose program is not at hand: their transactions are built, and their account lists, flags, data and sizes are
 * held against the published interfaces. `npm run conformance` prints the rows.
 */
import { getAddressDecoder, isSignerRole, isWritableRole } from "@solana/kit";
import { afterAll, describe, expect, it } from "vitest";
import { compose } from "../../src/chain/transaction.ts";
import { formatMemo } from "../../src/engine/memo-text.ts";
import type { Address, Lamports } from "../../src/engine/ports.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { bonk } from "../../src/venues/bonk/index.ts";
import { heaven } from "../../src/venues/heaven/index.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import type { BuiltBuy, DirectBuy } from "../../src/venues/venue.ts";
import { bonkMarket, heavenMarket, meteoraMarket, pumpfunMarket, pumpswapMarket } from "../venues/markets.ts";

/** As long as operations' memos get. */
const MEMO = formatMemo({ operationId: `op_${"1".repeat(22)}`, kind: "buy", leg: 10, legs: 10 });

const addressOf = (byte: number): Address => getAddressDecoder().decode(new Uint8Array(32).fill(byte));
const [FUNDING, BUYER] = [addressOf(201), addressOf(202)];

const tiers = [{ marketCap: 0n, fees: { lpBps: 20n, protocolBps: 5n, creatorBps: 5n } }];
const curve = {
  virtualTokens: 10n ** 15n,
  virtualLamports: 30n * 10n ** 9n,
  realTokens: 8n * 10n ** 14n,
  tiers,
};
const pool = {
  tokens: 10n ** 14n,
  lamports: 10n ** 11n,
  virtualLamports: 0n,
  supply: 10n ** 15n,
  creatorFeeBps: 0n,
};

type Build = (buy: DirectBuy) => Promise<BuiltBuy>;

/** `s` signs, `w` is written, `-` is read; as the interface lists them. */
const CASES: { venue: string; flags: string; data: string; build: Build }[] = [
  {
    venue: "pumpfun buy_exact_quote_in_v2",
    flags: "------wwwwwwwswwww--ww-----",
    data: "c2ab1c46684d5b2f",
    build: (buy) => pumpfun.instructions(pumpfunMarket(curve), buy, 0),
  },
  {
    venue: "pumpswap buy_exact_quote_in_v2",
    flags: "ws---wwww---w-w--",
    data: "c2ab1c46684d5b2f",
    build: (buy) => pumpswap.instructions(pumpswapMarket({ ...pool, tiers, hasCreator: true }), buy, 0),
  },
  {
    venue: "pumpswap buy_exact_quote_in",
    flags: "ws---wwww-w------w--w----w",
    data: "c62e1552b4d9e870",
    build: (buy) => pumpswap.instructions(pumpswapMarket({ ...pool, tiers, hasCreator: true }), buy, 1),
  },
  {
    venue: "bonk buy_exact_in",
    flags: "s---wwwww-------ww",
    data: "faea0d7bd59c13ec",
    build: (buy) =>
      bonk.instructions(
        bonkMarket({
          virtualTokens: 10n ** 15n,
          totalTokens: 8n * 10n ** 14n,
          soldTokens: 0n,
          virtualLamports: 30n * 10n ** 9n,
          raisedLamports: 0n,
          feeRate: 12_500n,
        }),
        buy,
        0,
      ),
  },
  {
    venue: "meteora swap2",
    flags: "--wwwww--s-----",
    data: "414b3f4ceb5b5b88",
    build: (buy) =>
      createMeteora().instructions(
        meteoraMarket({
          sqrtPrice: 1n << 60n,
          endSqrtPrice: 1n << 62n,
          segments: [{ sqrtPrice: 1n << 62n, liquidity: 1n << 100n }],
          scheduledFee: 10_000_000n,
          volatility: null,
          isFeeOnSol: true,
        }),
        buy,
        0,
      ),
  },
  {
    venue: "heaven buy",
    flags: "----ws--wwwww---",
    data: "66063d1201daebea",
    build: (buy) =>
      heaven.instructions(heavenMarket({ tokens: 10n ** 14n, lamports: 10n ** 11n, rates: [100n] }), buy, 0),
  },
];

const rows: Record<string, string | number>[] = [];

const sizeOf = (built: BuiltBuy, mode: "prefunded" | "standard"): number | "two-step" => {
  const isStandard = mode === "standard";
  try {
    return compose({
      feePayer: isStandard ? FUNDING : BUYER,
      transfers: isStandard ? [{ from: FUNDING, to: BUYER, lamports: 1_000_000_000n as Lamports }] : [],
      setup: built.setup,
      swap: built.swap,
      memo: { text: MEMO, signer: BUYER },
      cleanup: built.cleanup,
      computeUnitLimit: 200_000,
      computeUnitPrice: 1_000n,
      lifetime: { blockhash: "11111111111111111111111111111111" as never, lastValidBlockHeight: 0n },
      lookupTables: {},
    }).size;
  } catch (error) {
    if (isCTOError(error, "CTO_E_TRANSACTION_TOO_LARGE")) return "two-step";
    throw error;
  }
};

describe("a buy that is built only", () => {
  afterAll(() => console.table(rows));

  it.each(CASES)(
    "$venue has the interface's accounts, flags and data, and fits in some mode",
    async ({ venue, flags, data, build }) => {
      for (const mode of ["prefunded", "standard"] as const) {
        const payer = mode === "standard" ? FUNDING : BUYER;
        const fetched = { slot: 1n, accounts: new Map() };
        const built = await build({ buyer: BUYER, payer, lamports: 100_000_000n, minTokensOut: 7n, fetched });
        const [swap] = built.swap;
        const accounts = swap?.accounts ?? [];
        const shown = accounts.map(({ role }) =>
          isSignerRole(role) ? "s" : isWritableRole(role) ? "w" : "-",
        );
        expect(shown.join("")).toBe(flags);
        const bytes = Buffer.from(swap?.data ?? []);
        expect(bytes.subarray(0, 8).toString("hex")).toBe(data);
        expect([bytes.readBigUInt64LE(8), bytes.readBigUInt64LE(16)]).toEqual([100_000_000n, 7n]);
        const size = sizeOf(built, mode);
        rows.push({ venue, mode, how: "built only", bytes: size });
        if (mode === "prefunded") expect(size).toBeLessThanOrEqual(1_232);
      }
    },
  );
});
