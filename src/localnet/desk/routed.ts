/**
 * Quotes through the real Jupiter program. If the desk does not sell a token itself, we route it over the market that
 * gives the most tokens, as the real API does. Every pool therefore has a second price source on a localnet too; a
 * curve needs none.
 *
 * The instruction is `route_v2` of Jupiter v6; account order and data are those of the program's interface. The real
 * program has executed the routes over CPMM. The other routes serve only for their price, which a direct buy is
 * compared with. If the loaded program refuses such a route, its simulation shows that.
 */
import type { Address, Instruction } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { CLUSTER_ACCOUNTS, type Fetched, type RawAccount, readClusterFacts } from "../../engine/ports.ts";
import { reads, signs, writes } from "../../venues/accounts.ts";
import { cpmm } from "../../venues/cpmm/index.ts";
import { heaven } from "../../venues/heaven/index.ts";
import { JUPITER_PROGRAM } from "../../venues/jupiter-program.ts";
import { createMeteora } from "../../venues/meteora/index.ts";
import { pda } from "../../venues/pda.ts";
import { pumpswap } from "../../venues/pumpswap/index.ts";
import { WRAPPED_SOL_MINT } from "../../venues/token-layout.ts";
import type { BuiltBuy, DirectQuote, DirectVenue } from "../../venues/venue.ts";
import { tokenAccountOf, wrapSol } from "../../venues/wrapped-sol.ts";
import type { DeskChain } from "./desk-chain.ts";
import type { BuildQuery } from "./query.ts";

const ROUTE_V2 = [187, 100, 250, 204, 49, 196, 175, 20];

/**
 * A market's step in Jupiter's plan: its variant of `Swap` with the variant's fields, and the API's name of the
 * exchange.
 */
type Step = { readonly label: string; readonly swap: readonly number[] };

/** A venue with a market of the token: its quote, and the instructions of a buy. */
type Traded = Step & {
  readonly pool: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
  readonly quote: DirectQuote;
  readonly build: () => Promise<BuiltBuy>;
};

export type RoutedQuote = {
  readonly label: string;
  readonly pool: Address;
  readonly tokensOut: bigint;
  /** A decimal ratio, as the API writes it. */
  readonly priceImpactPct: string;
  readonly setup: readonly Instruction[];
  readonly swap: Instruction;
  readonly cleanup: readonly Instruction[];
};

const WHOLE_BPS = 10_000;

const routeData = ({ swap, quote }: Traded, { amount: lamports, slippageBps }: BuildQuery): Uint8Array => {
  const { tokensOut } = quote;
  const data = new Uint8Array(38 + swap.length);
  const view = new DataView(data.buffer);
  data.set(ROUTE_V2);
  view.setBigUint64(8, lamports, true);
  view.setBigUint64(16, tokensOut, true);
  view.setUint16(24, slippageBps, true); // no platform fee, and no share of a surplus
  view.setUint32(30, 1, true); // one step ...
  data.set(swap, 34);
  const tail = 34 + swap.length;
  view.setUint16(tail, WHOLE_BPS, true); // ... of the whole amount, from the first token to the second
  view.setUint8(tail + 3, 1);
  return data;
};

const routeOver = async (market: Traded, { swap }: BuiltBuy, query: BuildQuery): Promise<Instruction> => {
  const { taker, amount } = query;
  const wrapped = await wrapSol({ buyer: taker, payer: taker }, amount);
  return {
    programAddress: JUPITER_PROGRAM,
    accounts: [
      signs(taker),
      writes(wrapped.account),
      writes(await tokenAccountOf(taker, market.mint, market.tokenProgram)),
      reads(WRAPPED_SOL_MINT),
      reads(market.mint),
      reads(TOKEN_PROGRAM_ADDRESS),
      reads(market.tokenProgram),
      // The program's own address takes the place of an optional account that is left out.
      reads(JUPITER_PROGRAM),
      reads(await pda(JUPITER_PROGRAM, "__event_authority")),
      reads(JUPITER_PROGRAM),
      ...swap.flatMap(({ programAddress, accounts }) => [reads(programAddress), ...(accounts ?? [])]),
    ],
    data: routeData(market, query),
  };
};

const fetchFrom =
  (chain: DeskChain) =>
  async (addresses: readonly Address[]): Promise<[Address, RawAccount | null][]> => {
    const found = await chain.accounts(addresses);
    return addresses.map((of, at) => {
      const account = found[at];
      return [of, account ? { ...account, lamports: 0n as RawAccount["lamports"] } : null];
    });
  };

/**
 * Reads one venue's market of the mint; `traded` returns null if the venue does not trade it, or cannot serve the
 * amount.
 */
type Look = {
  readonly accounts: (mint: Address) => Promise<readonly Address[]>;
  readonly more: (mint: Address, fetched: Fetched) => Promise<readonly Address[]>;
  readonly traded: (query: BuildQuery, fetched: Fetched) => Promise<Traded | null>;
};

const look = <Market extends { readonly mint: Address; readonly tokenProgram: Address }>(
  venue: DirectVenue<Market>,
  step: Step,
  poolOf: (market: Market) => Address,
): Look => ({
  accounts: (mint) => venue.accounts(mint),
  more: async (mint, fetched) => (await venue.more?.(mint, fetched)) ?? [],
  traded: async ({ outputMint, amount, taker, payer = taker }, fetched) => {
    const reading = await venue.read(outputMint, fetched);
    if (reading.state !== "trading") return null;
    const { market } = reading;
    const quote = venue.quote(market, amount);
    if (quote === null) return null;
    const { mint, tokenProgram } = market;
    const { lamportsPerByte } = readClusterFacts(fetched);
    const buy = { buyer: taker, payer, lamports: amount, minTokensOut: 0n, lamportsPerByte, fetched };
    const build = () => venue.instructions(market, buy, 0);
    return { ...step, pool: poolOf(market), mint, tokenProgram, quote, build };
  },
});

/** The numbers and fields of `Swap` are those of the program's published interface. */
const LOOKS: readonly Look[] = [
  look(cpmm, { label: "Raydium CPMM", swap: [46] }, ({ pool }) => pool),
  look(createMeteora(), { label: "Meteora DAMM v2", swap: [77] }, ({ pool }) => pool),
  look(heaven, { label: "Heaven", swap: [94, 0] }, ({ pool }) => pool),
  look(pumpswap, { label: "Pump.fun Amm", swap: [99] }, ({ pool }) => pool),
];

/** Returns null if no market of the mint is known, or none can serve the amount. */
export const quoteRouted = async (chain: DeskChain, query: BuildQuery): Promise<RoutedQuote | null> => {
  const { outputMint: mint } = query;
  const fetch = fetchFrom(chain);
  const named = await Promise.all(LOOKS.map(({ accounts }) => accounts(mint)));
  const first = new Map(await fetch([...new Set([mint, ...CLUSTER_ACCOUNTS, ...named.flat()])]));
  if (first.get(mint) == null) return null;
  const further = await Promise.all(LOOKS.map(({ more }) => more(mint, { slot: 0n, accounts: first })));
  const fetched: Fetched = { slot: 0n, accounts: new Map([...first, ...(await fetch(further.flat()))]) };
  const found = await Promise.all(LOOKS.map(({ traded }) => traded(query, fetched)));
  const [best] = found
    .filter((one) => one !== null)
    .toSorted((a, b) => Number(b.quote.tokensOut - a.quote.tokensOut));
  if (best === undefined) return null;
  const built = await best.build();
  return {
    label: best.label,
    pool: best.pool,
    tokensOut: best.quote.tokensOut,
    priceImpactPct: String(best.quote.priceImpactBps / 10_000),
    setup: built.setup,
    swap: await routeOver(best, built, query),
    cleanup: built.cleanup,
  };
};
