/**
 * Tests the transactions of venues whose program is not available: their account lists, flags, data and sizes must
 * match the published interfaces. `npm run conformance` prints the rows.
 */
import { getAddressDecoder, isSignerRole, isWritableRole } from "@solana/kit";
import { afterAll, describe, expect, it } from "vitest";
import { compose } from "../../src/chain/transaction.ts";
import { FUNDING_BATCH } from "../../src/engine/funding/funding.ts";
import type { Address, Lamports, MessageFormat, TransactionDraft } from "../../src/engine/ports.ts";
import { formatMemo } from "../../src/engine/transaction/memo-text.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { bonk } from "../../src/venues/bonk/index.ts";
import { heaven } from "../../src/venues/heaven/index.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import type { BuiltBuy, DirectBuy } from "../../src/venues/venue.ts";
import { bonkMarket, heavenMarket, meteoraMarket, pumpfunMarket, pumpswapMarket } from "../venues/markets.ts";
import { VECTOR_SETS } from "../venues/vectors.ts";
import { printRows, type Row, TRANSACTION_LIMIT } from "./rows.ts";

/** The longest possible memo of an operation. */
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
const meteoraCurve = {
  sqrtPrice: 1n << 60n,
  endSqrtPrice: 1n << 62n,
  segments: [{ sqrtPrice: 1n << 62n, liquidity: 1n << 100n }],
  scheduledFee: 10_000_000n,
  volatility: null,
  isFeeOnSol: true,
};
const bonkCurve = {
  virtualTokens: 10n ** 15n,
  totalTokens: 8n * 10n ** 14n,
  soldTokens: 0n,
  virtualLamports: 30n * 10n ** 9n,
  raisedLamports: 0n,
  feeRate: 12_500n,
};
const heavenPool = { tokens: 10n ** 14n, lamports: 10n ** 11n, rates: [100n] };

type Case = {
  /** The venue's name in the vectors. Heaven has no vectors: a simulation gives its quote. */
  readonly venue: string;
  readonly instruction: string;
  /** `s` signs, `w` is written, `-` is read. The order is the interface's. */
  readonly flags: string;
  readonly data: string;
  readonly build: (market: { tokenProgram: Address }, buy: DirectBuy) => Promise<BuiltBuy>;
};

const CASES: readonly Case[] = [
  {
    venue: "pumpfun",
    instruction: "buy_exact_quote_in_v3",
    flags: "-----wwwswww-w---",
    data: "e1f7501ed5b38488",
    build: (of, buy) => pumpfun.instructions({ ...pumpfunMarket(curve), ...of }, buy, 0),
  },
  {
    venue: "pumpfun",
    instruction: "buy_exact_quote_in_v2",
    flags: "------wwwwwwwswwww--ww-----",
    data: "c2ab1c46684d5b2f",
    build: (of, buy) => pumpfun.instructions({ ...pumpfunMarket(curve), ...of }, buy, 1),
  },
  {
    venue: "pumpswap",
    instruction: "buy_exact_quote_in_v2",
    flags: "ws---wwww---w-w--",
    data: "c2ab1c46684d5b2f",
    build: (of, buy) =>
      pumpswap.instructions({ ...pumpswapMarket({ ...pool, tiers, hasCreator: true }), ...of }, buy, 0),
  },
  {
    venue: "pumpswap",
    instruction: "buy_exact_quote_in",
    flags: "ws---wwww-w------w--w----w",
    data: "c62e1552b4d9e870",
    build: (of, buy) =>
      pumpswap.instructions({ ...pumpswapMarket({ ...pool, tiers, hasCreator: true }), ...of }, buy, 1),
  },
  {
    venue: "bonk",
    instruction: "buy_exact_in",
    flags: "s---wwwww-------ww",
    data: "faea0d7bd59c13ec",
    build: (of, buy) => bonk.instructions({ ...bonkMarket(bonkCurve), ...of }, buy, 0),
  },
  {
    venue: "meteora DBC",
    instruction: "swap2",
    flags: "--wwwww--s-----",
    data: "414b3f4ceb5b5b88",
    build: (of, buy) => createMeteora().instructions({ ...meteoraMarket(meteoraCurve), ...of }, buy, 0),
  },
  {
    venue: "meteora DAMM v2",
    instruction: "swap2",
    flags: "-wwwww--s-----",
    data: "414b3f4ceb5b5b88",
    build: (of, buy) =>
      createMeteora().instructions({ ...meteoraMarket({ ...meteoraCurve, kind: "pool" }), ...of }, buy, 0),
  },
  {
    venue: "heaven",
    instruction: "buy",
    flags: "----ws--wwwww---",
    data: "66063d1201daebea",
    build: (of, buy) => heaven.instructions({ ...heavenMarket(heavenPool), ...of }, buy, 0),
  },
];

const PROGRAMS = {
  token: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address,
  "token-2022": "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address,
} as const;

const draft = (
  of: Pick<TransactionDraft, "feePayer" | "transfers" | "setup" | "swap" | "cleanup">,
  signer: Address,
  format: MessageFormat = { version: 0 },
) =>
  compose({
    ...of,
    format,
    memo: { text: MEMO, signer },
    computeUnitLimit: 200_000,
    computeUnitPrice: 1_000n,
    lifetime: { blockhash: "11111111111111111111111111111111" as never, lastValidBlockHeight: 0n },
    lookupTables: {},
  });

const transferTo = (to: Address) => ({ from: FUNDING, to, lamports: 1_000_000_000n as Lamports });

/** The size of the buy alone, for a buyer that has the SOL already. */
const prefundedBytes = ({ setup, swap, cleanup }: BuiltBuy): number =>
  draft({ feePayer: BUYER, transfers: [], setup, swap, cleanup }, BUYER).size;

const fundingBytes = (): number => {
  const transfers = Array.from({ length: FUNDING_BATCH }, (_, at) => transferTo(addressOf(at + 1)));
  return draft({ feePayer: FUNDING, transfers, setup: [], swap: [], cleanup: [] }, FUNDING).size;
};

/**
 * The size of funding and buy in one transaction. If they do not fit into one, the size of the larger of the
 * two.
 */
const standardBytes = (together: BuiltBuy, apart: BuiltBuy): Pick<Row, "how" | "bytes"> => {
  const { setup, swap, cleanup } = together;
  try {
    const one = draft({ feePayer: FUNDING, transfers: [transferTo(BUYER)], setup, swap, cleanup }, BUYER);
    return { how: "built only", bytes: one.size };
  } catch (error) {
    if (!isCTOError(error, "CTO_E_TRANSACTION_TOO_LARGE")) throw error;
    return { how: "built only, two-step", bytes: Math.max(fundingBytes(), prefundedBytes(apart)) };
  }
};

/** A version 1 transaction always fits both funding and buy, without a lookup table. */
const versionOneBytes = ({ setup, swap, cleanup }: BuiltBuy): number =>
  draft({ feePayer: FUNDING, transfers: [transferTo(BUYER)], setup, swap, cleanup }, BUYER, {
    version: 1,
    loadedAccountsDataLimit: 10_000_000,
  }).size;

const quoteErrorOf = (venue: string): string => {
  const sets = VECTOR_SETS.filter((set) => set.venue === venue);
  if (sets.length === 0) return "by simulation";
  const wrong = sets.reduce((sum, set) => sum + set.wrong().length, 0);
  return `${wrong} of ${sets.reduce((sum, { count }) => sum + count, 0)} vectors`;
};

const rows: Row[] = [];

describe("a buy that is built only", () => {
  afterAll(() => printRows(rows));

  it.each(CASES)(
    "$venue $instruction has the interface's accounts, flags and data, and fits in both modes",
    async ({ venue, instruction, flags, data, build }) => {
      const quoteError = quoteErrorOf(venue);
      for (const [mint, tokenProgram] of Object.entries(PROGRAMS)) {
        const paidBy = (payer: Address): Promise<BuiltBuy> => {
          const fetched = { slot: 1n, accounts: new Map() };
          const buy = {
            buyer: BUYER,
            payer,
            lamports: 100_000_000n,
            minTokensOut: 7n,
            lamportsPerByte: 6_960n,
            fetched,
          };
          return build({ tokenProgram }, buy);
        };
        const built = await paidBy(BUYER);
        const [swap] = built.swap;
        const shown = (swap?.accounts ?? []).map(({ role }) =>
          isSignerRole(role) ? "s" : isWritableRole(role) ? "w" : "-",
        );
        expect(shown.join("")).toBe(flags);
        const bytes = Buffer.from(swap?.data ?? []);
        expect(bytes.toString("hex", 0, 8)).toBe(data);
        expect([bytes.readBigUInt64LE(8), bytes.readBigUInt64LE(16)]).toEqual([100_000_000n, 7n]);
        const shared = {
          venue: `${venue} ${instruction}`,
          mint: mint as Row["mint"],
          landed: "",
          units: 0,
          quoteError,
        };
        rows.push(
          { ...shared, mode: "prefunded", how: "built only", bytes: prefundedBytes(built) },
          { ...shared, mode: "standard", ...standardBytes(await paidBy(FUNDING), built) },
        );
        expect(versionOneBytes(await paidBy(FUNDING))).toBeLessThanOrEqual(4_096);
      }
      expect(Math.max(...rows.map((row) => row.bytes))).toBeLessThanOrEqual(TRANSACTION_LIMIT);
    },
  );
});
