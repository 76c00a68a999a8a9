/**
 * Builds honest buys for every instruction of every venue, as the engine drafts them, with the meaning that the engine
 * states.
 */
import { getAddressDecoder } from "@solana/kit";
import { compose } from "../../src/chain/transaction.ts";
import { draftBuy } from "../../src/engine/buy/draft.ts";
import { meantBuy } from "../../src/engine/buy/meant.ts";
import type {
  Address,
  Buy,
  Lamports,
  MeantBuy,
  Mode,
  Survey,
  TransactionDraft,
} from "../../src/engine/ports.ts";
import { VERSION_ZERO } from "../../src/engine/transaction/format.ts";
import { bonk } from "../../src/venues/bonk/index.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { observationOf, vaultOf } from "../../src/venues/cpmm/program.ts";
import { heaven } from "../../src/venues/heaven/index.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { openDirect } from "../../src/venues/open-direct.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import type { DirectVenue } from "../../src/venues/venue.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import {
  bonkMarket,
  cpmmMarket,
  heavenMarket,
  meteoraMarket,
  pumpfunMarket,
  pumpswapMarket,
} from "../venues/markets.ts";

export const addressOf = (byte: number): Address => getAddressDecoder().decode(new Uint8Array(32).fill(byte));
export const [FUNDING, BUYER, OTHER_BUYER, STRANGER] = [201, 202, 203, 204].map(addressOf) as [
  Address,
  Address,
  Address,
  Address,
];

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
  tiers,
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
const cpmmPool = {
  lamports: 10n ** 11n,
  tokens: 10n ** 14n,
  tradeFeeRate: 2_500n,
  protocolFeeRate: 120_000n,
  fundFeeRate: 40_000n,
  creatorFeeRate: 0n,
  isCreatorFeeOnSol: false,
};

/** Builds a CPMM market. The vaults of its pool are derived from the pool's address. */
const cpmmOf = async () => {
  const market = cpmmMarket(cpmmPool);
  const { pool: at, mint } = market;
  return {
    ...market,
    solVault: await vaultOf(at, WRAPPED_SOL_MINT),
    tokenVault: await vaultOf(at, mint),
    observation: await observationOf(at),
  };
};

type Kind = { readonly name: string; readonly open: (survey: Survey, version: number) => Promise<Buy> };

const LEG = 1_000_000_000n as Lamports;
const REQUEST = { legs: [LEG, LEG], slippageBps: 100, taker: BUYER };

const by =
  <Market>(venue: DirectVenue<Market>, market: Market | Promise<Market>, payer: () => Address) =>
  async (survey: Survey, version: number): Promise<Buy> =>
    openDirect(venue, await market, survey, REQUEST, { order: [version] }).buy({
      buyer: BUYER,
      payer: payer(),
      lamports: LEG,
    });

const kinds = (payer: () => Address): readonly (Kind & { readonly versions: number })[] => [
  { name: "pumpfun", versions: 3, open: by(pumpfun, pumpfunMarket(curve), payer) },
  {
    name: "pumpfun cashback",
    versions: 2,
    open: by(pumpfun, pumpfunMarket({ ...curve, isCashback: true }), payer),
  },
  {
    name: "pumpswap",
    versions: 2,
    open: by(pumpswap, pumpswapMarket({ ...pool, hasCreator: true }), payer),
  },
  {
    name: "pumpswap without a creator",
    versions: 2,
    open: by(pumpswap, pumpswapMarket({ ...pool, hasCreator: false }), payer),
  },
  { name: "bonk", versions: 1, open: by(bonk, bonkMarket(bonkCurve), payer) },
  { name: "meteora curve", versions: 2, open: by(createMeteora(), meteoraMarket(meteoraCurve), payer) },
  {
    name: "meteora pool",
    versions: 2,
    open: by(createMeteora(), meteoraMarket({ ...meteoraCurve, kind: "pool" }), payer),
  },
  {
    name: "heaven",
    versions: 1,
    open: by(heaven, heavenMarket({ tokens: 10n ** 14n, lamports: 10n ** 11n, rates: [100n] }), payer),
  },
  { name: "cpmm", versions: 1, open: by(cpmm, cpmmOf(), payer) },
];

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;

export const surveyOf = async (): Promise<Survey> => {
  const owners = await Promise.all(
    [FUNDING, BUYER, OTHER_BUYER].map(async (owner) => {
      const tokenAccount = await tokenAccountOf(owner, MINT, TOKEN);
      return [owner, { lamports: 0n as Lamports, tokenAccount, tokens: null }] as const;
    }),
  );
  return {
    slot: 1n,
    cluster: OLD_CLUSTER,
    mint: MINT,
    tokenProgram: TOKEN,
    decimals: 6,
    tokenAccountBytes: 165,
    owners: new Map(owners),
    fetched: { slot: 1n, accounts: new Map() },
  };
};

export type Honest = {
  readonly name: string;
  readonly draft: TransactionDraft;
  readonly meant: MeantBuy;
};

export const LIFETIME: TransactionDraft["lifetime"] = {
  blockhash: "11111111111111111111111111111111" as never,
  lastValidBlockHeight: 0n,
};

/** Returns a buy as the engine drafts it, with the meaning that the engine states. */
export const honestly = (name: string, survey: Survey, buy: Buy, mode: Mode): Honest => {
  const payers = { funding: mode === "standard" ? { walletId: "f", address: FUNDING } : null };
  const sizing = {
    survey,
    payers,
    format: VERSION_ZERO,
    computeUnitLimit: 200_000,
    computeUnitPrice: 1_000n,
  };
  const leg = { index: 1, address: BUYER, lamports: LEG };
  return {
    name: `${name}, ${mode}`,
    draft: { ...draftBuy({ id: "op_1" }, 2, leg, buy, sizing), lifetime: LIFETIME },
    meant: meantBuy({ id: "op_1" }, 2, leg, buy, sizing),
  };
};

export const honestBuys = async (): Promise<Honest[]> => {
  const survey = await surveyOf();
  const all: Honest[] = [];
  for (const mode of ["standard", "prefunded"] as const) {
    const payer = () => (mode === "standard" ? FUNDING : BUYER);
    for (const { name, versions, open } of kinds(payer)) {
      for (let version = 0; version < versions; version += 1)
        all.push(honestly(`${name} ${version}`, survey, await open(survey, version), mode));
    }
  }
  return all;
};

/** Composes the message at any length, because an added lookup table would disturb the tests. */
export const bytesOf = (draft: TransactionDraft): Uint8Array => compose(draft).messageBytes;
