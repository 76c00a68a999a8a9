/**
 * Quotes through the real Jupiter program: where the localnet has it loaded, and CPMM's, a token that the desk does not
 * sell itself is routed over its CPMM pool, as the real API would do it.
 *
 * `route_v2` of Jupiter v6: account order and data of the program's interface; the program carried them out.
 */
import type { Address, Instruction } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { CLUSTER_ACCOUNTS, type Fetched, type RawAccount, readClusterFacts } from "../../engine/ports.ts";
import { reads, signs, writes } from "../../venues/accounts.ts";
import { cpmm } from "../../venues/cpmm/index.ts";
import type { CpmmMarket } from "../../venues/cpmm/market.ts";
import { CPMM_PROGRAM } from "../../venues/cpmm/program.ts";
import { JUPITER_PROGRAM } from "../../venues/jupiter-program.ts";
import { pda } from "../../venues/pda.ts";
import { WRAPPED_SOL_MINT } from "../../venues/token-layout.ts";
import type { BuiltBuy } from "../../venues/venue.ts";
import { tokenAccountOf, wrapSol } from "../../venues/wrapped-sol.ts";
import type { DeskChain } from "./desk-chain.ts";
import type { BuildQuery } from "./query.ts";

const ROUTE_V2 = [187, 100, 250, 204, 49, 196, 175, 20];
/** `Swap::RaydiumCP`, without fields. */
const OVER_CPMM = 46;

export type RoutedQuote = {
  readonly pool: Address;
  readonly tokensOut: bigint;
  /** A decimal ratio, as the API writes it. */
  readonly priceImpactPct: string;
  readonly setup: readonly Instruction[];
  readonly swap: Instruction;
  readonly cleanup: readonly Instruction[];
};

const WHOLE_BPS = 10_000;

const routeData = (lamports: bigint, tokensOut: bigint, slippageBps: number): Uint8Array => {
  const data = new Uint8Array(39);
  const view = new DataView(data.buffer);
  data.set(ROUTE_V2);
  view.setBigUint64(8, lamports, true);
  view.setBigUint64(16, tokensOut, true);
  view.setUint16(24, slippageBps, true); // no platform fee, and no share of a surplus
  view.setUint32(30, 1, true); // one step ...
  view.setUint8(34, OVER_CPMM);
  view.setUint16(35, WHOLE_BPS, true); // ... of all of it, from the first token to the second
  view.setUint8(38, 1);
  return data;
};

const routeOver = async (
  market: CpmmMarket,
  { swap }: BuiltBuy,
  { taker, amount, slippageBps }: BuildQuery,
  tokensOut: bigint,
): Promise<Instruction> => {
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
      // An optional account that is left out is named by the program itself.
      reads(JUPITER_PROGRAM),
      reads(await pda(JUPITER_PROGRAM, "__event_authority")),
      reads(JUPITER_PROGRAM),
      reads(CPMM_PROGRAM),
      ...swap.flatMap(({ accounts }) => accounts ?? []),
    ],
    data: routeData(amount, tokensOut, slippageBps),
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

/** Null where a program or the pool is missing, or the pool cannot serve the amount. */
export const quoteRouted = async (chain: DeskChain, query: BuildQuery): Promise<RoutedQuote | null> => {
  const { outputMint: mint, amount, taker, payer = taker } = query;
  const fetch = fetchFrom(chain);
  const fixed = [mint, CPMM_PROGRAM, ...CLUSTER_ACCOUNTS, ...(await cpmm.accounts(mint))];
  const first = new Map(await fetch([...new Set(fixed)]));
  // Where Jupiter's program is not loaded the price is told all the same: what it leads to then fails in a simulation.
  if (first.get(CPMM_PROGRAM) == null) return null;
  const named = (await cpmm.more?.(mint, { slot: 0n, accounts: first })) ?? [];
  const fetched: Fetched = { slot: 0n, accounts: new Map([...first, ...(await fetch(named))]) };
  const reading = await cpmm.read(mint, fetched);
  if (reading.state !== "trading") return null;
  const { market } = reading;
  const quote = cpmm.quote(market, amount);
  if (quote === null) return null;
  const { lamportsPerByte } = readClusterFacts(fetched);
  const buy = { buyer: taker, payer, lamports: amount, minTokensOut: 0n, lamportsPerByte, fetched };
  const built = await cpmm.instructions(market, buy, 0);
  return {
    pool: market.pool,
    tokensOut: quote.tokensOut,
    priceImpactPct: String(quote.priceImpactBps / 10_000),
    setup: built.setup,
    swap: await routeOver(market, built, query, quote.tokensOut),
    cleanup: built.cleanup,
  };
};
