/** Implements the `jupiter` venue: quotes and buys through Jupiter's swap API, for every token that it routes. */

import { type Lamports, lamports } from "@solana/kit";
import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  identifyTokenInstruction,
  TOKEN_PROGRAM_ADDRESS,
  TokenInstruction,
} from "@solana-program/token";
import { closeAccount } from "../base/instructions.ts";
import { once } from "../base/once.ts";
import type { Address, Buy, BuyRequest, Instruction, Offer, OpenVenue, Survey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { oursAmong } from "../policy/jupiter.ts";
import { proofOfDelivery } from "./delivery-proof.ts";
import { firmQuoteOf } from "./firm-quote.ts";
import { maximum } from "./integers.ts";
import type { BuildAnswer } from "./jupiter-answer.ts";
import {
  type BuildQuery,
  createJupiterApi,
  type JupiterApi,
  type JupiterApiOptions,
  jupiterRate,
} from "./jupiter-api.ts";
import { type Inspected, inspectAnswer, Refused } from "./jupiter-inspect.ts";
import { JUPITER_PROGRAM } from "./jupiter-program.ts";
import { withoutEntries } from "./lookup-tables.ts";
import { type OnTheWay, proofsOfKeeping, readOnTheWay } from "./on-the-way.ts";
import { ownAtMarkets } from "./own-at-markets.ts";
import { secondsFor } from "./rate-limit.ts";
import type { RouteReader } from "./route-accounts.ts";
import { conservativeRate, firstOut, minimumOut, type Rate, type Sample, slippageDownTo } from "./sizing.ts";
import { associatedAccountToOpen, tokenAccountToOpen, WRAPPED_SOL_MINT } from "./token-layout.ts";
import type { OpenRequest, QuotedVenue } from "./venue.ts";
import { hasWrappedAccount, tokenAccountOf, wrappedAccountOf } from "./wrapped-sol.ts";

/**
 * The most accounts that a route may use. We begin with all that the API allows, and use fewer in steps if the
 * transaction is too large. Fewer accounts give a worse price. Below `least`, hardly any route exists.
 */
const ACCOUNTS = { most: 64, step: 8, least: 24 } as const;

/** How often a leg requests a build, to find a slippage that fits its latest quote. */
const MAX_BUILDS_PER_BUY = 3;

type Checked = Inspected & {
  readonly answer: BuildAnswer;
  /** All accounts of ours that the answer could name. */
  readonly ours: ReadonlySet<Address>;
};

/** The API, and a check whether it is the localnet's own desk, whose firm quotes we accept. */
type Source = { readonly api: JupiterApi; readonly isDesk: () => Promise<boolean> };

/** Every token of the route, including the first and the last. */
const mintsOf = ({ routePlan }: BuildAnswer, mint: Address): Address[] => [
  ...new Set([
    WRAPPED_SOL_MINT,
    mint,
    ...routePlan.flatMap(({ swapInfo }) => [swapInfo.inputMint, swapInfo.outputMint]),
  ]),
];

/** Requests a build, and refuses one that moves more than the requested buy. */
const checkedBuild = async ({ api, isDesk }: Source, survey: Survey, query: BuildQuery): Promise<Checked> => {
  const { mint, taker, payer } = query;
  const [tokenAccount, wrappedSolAccount] = await Promise.all([
    tokenAccountOf(taker, mint, survey.tokenProgram),
    wrappedAccountOf(taker),
  ]);
  const answer = await api.build(query);
  const mints = mintsOf(answer, mint);
  // The plan is only a claim of the answer. For the wallets that sign, we therefore check their accounts of every
  // token that the swap names.
  const named = answer.swapInstruction.accounts.map(({ address }) => address);
  const ours = new Set([
    ...(await oursAmong([...survey.owners.keys()], mints)),
    ...(await oursAmong([...new Set([taker, payer])], [...new Set([...mints, ...named])])),
  ]);
  const fromDesk = answer.swapInstruction.programAddress !== JUPITER_PROGRAM && (await isDesk());
  try {
    const bounds = { ...query, tokenAccount, wrappedSolAccount, ours, fromDesk };
    return { answer, ours, ...inspectAnswer(answer, bounds) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new CTOError(
      "CTO_E_VENUE_INVALID_ANSWER",
      { venue: "jupiter", problem: error.message },
      { cause: error },
    );
  }
};

type Sized = { readonly whole: Sample; readonly impactBps: number; readonly rate: Rate };

/**
 * Requests one quote for the whole amount. If there are several legs, requests another for the whole amount without
 * its smallest leg.
 */
const sizeUp = async (
  ask: (amount: bigint) => Promise<BuildAnswer>,
  legs: readonly Lamports[],
): Promise<Sized> => {
  const total = legs.reduce<bigint>((sum, leg) => sum + leg, 0n);
  const rest = total - (legs.toSorted((a, b) => Number(a - b))[0] ?? 0n);
  // We send both requests at the same time, because a smaller market movement between them makes their difference
  // more accurate.
  const [answer, restAnswer] = await Promise.all([ask(total), rest > 0n ? ask(rest) : null]);
  const whole: Sample = { lamports: total, tokensOut: answer.outAmount };
  const withoutSmallest: Sample = { lamports: rest, tokensOut: restAnswer?.outAmount ?? 0n };
  const impactBps = answer.priceImpactPct;
  return { whole, impactBps, rate: conservativeRate(whole, withoutSmallest, impactBps) };
};

/** The buyer's wrapped-SOL account, and whether it existed before. */
type Wrapped = { readonly account: Address; readonly isThere: boolean };

const rentsOf = (
  survey: Survey,
  buyer: Address,
  created: ReadonlySet<Address>,
  onTheWay: OnTheWay,
  wrapped: Wrapped,
) => {
  const { accounts } = survey.fetched;
  const mintAccount = accounts.get(survey.mint) ?? null;
  const holdings = survey.owners.get(buyer);
  const hasAccount = typeof holdings?.tokens === "bigint";
  const there = holdings && accounts.get(holdings.tokenAccount);
  const own =
    hasAccount || mintAccount === null ? 0n : associatedAccountToOpen(survey.cluster, mintAccount, there);
  const lent = created.has(WRAPPED_SOL_MINT) && !wrapped.isThere;
  return {
    rentLamports: lamports(own + onTheWay.rentLamports),
    buyerRentLamports: lamports(0n),
    transientLamports: lent
      ? tokenAccountToOpen(survey.cluster, accounts.get(wrapped.account))
      : lamports(0n),
  };
};

/** The facts that the policy compares the buy's instructions with. */
const policyFacts = (
  answer: BuildAnswer,
  { opens, keeps }: OnTheWay,
): Pick<Buy, "alsoOpens" | "keeps" | "firmQuote"> => {
  const firmQuote = firmQuoteOf(answer);
  return { alsoOpens: opens, keeps, ...(firmQuote === null ? {} : { firmQuote }) };
};

const isClose = ({ programAddress, data }: Instruction): boolean =>
  programAddress === TOKEN_PROGRAM_ADDRESS &&
  data !== undefined &&
  identifyTokenInstruction({ data }) === TokenInstruction.CloseAccount;

/**
 * The answer's instructions after the swap. We do not close a wrapped-SOL account that the buyer had before: see
 * `wrapSol`. If the account was opened for this buy, we close it to the buyer, as every venue does, even if the
 * answer names another destination.
 */
const cleanupOf = (
  { cleanupInstruction, otherInstructions }: BuildAnswer,
  buyer: Address,
  isWrapped: boolean,
): Instruction[] =>
  [...(cleanupInstruction ? [cleanupInstruction] : []), ...otherInstructions].flatMap((instruction) => {
    if (!isClose(instruction)) return [instruction];
    const [account] = instruction.accounts;
    if (isWrapped || account === undefined) return [];
    return [closeAccount(account.address, buyer)];
  });

/**
 * The answer's instructions before the swap, without those that open accounts that the buyer already has. We did not
 * count their rents, so we must not pay them if such an account is closed meanwhile.
 */
const setupOf = (
  { owners }: Survey,
  { setupInstructions }: BuildAnswer,
  buyer: Address,
  others: readonly Address[],
): Instruction[] => {
  const holdings = owners.get(buyer);
  const had = [...(typeof holdings?.tokens === "bigint" ? [holdings.tokenAccount] : []), ...others];
  return setupInstructions.filter(
    ({ programAddress, accounts: [, account] }) =>
      programAddress !== ASSOCIATED_TOKEN_PROGRAM_ADDRESS ||
      account === undefined ||
      !had.includes(account.address),
  );
};

const toBuy = (
  survey: Survey,
  buyer: Address,
  { answer, created, leastTokens, ours }: Checked,
  onTheWay: OnTheWay,
  wrapped: Wrapped,
): Buy => ({
  venue: "jupiter",
  ...policyFacts(answer, onTheWay),
  tokensOut: answer.outAmount,
  minTokensOut: leastTokens,
  ...rentsOf(survey, buyer, created, onTheWay, wrapped),
  setup: setupOf(survey, answer, buyer, [
    ...(wrapped.isThere ? [wrapped.account] : []),
    ...onTheWay.keeps.map(({ account }) => account),
  ]),
  swap: [answer.swapInstruction],
  cleanup: [
    ...(firmQuoteOf(answer) === null ? [proofOfDelivery(survey, buyer, leastTokens)] : []),
    ...proofsOfKeeping(onTheWay.keeps, buyer),
    ...cleanupOf(answer, buyer, wrapped.isThere),
  ],
  lookupTables: withoutEntries(onTheWay.lookupTables, ours),
});

/**
 * Builds a buy that accepts `minimum` tokens or slightly more.
 *
 * The API needs a slippage before it returns a quote, so the leg guesses one. It requests again if the threshold is
 * below the minimum. It also requests again if the threshold is so far above the minimum that the buy would fail when
 * other legs land first. This costs at most a quarter of the caller's slippage.
 */
const buildWithin = async (
  ask: (slippageBps: number) => Promise<Checked>,
  limits: {
    readonly mint: Address;
    readonly minimum: bigint;
    readonly slippageBps: number;
    readonly expected: bigint;
  },
): Promise<Checked> => {
  const { mint, minimum, slippageBps } = limits;
  const aimFor = (quoted: bigint): number =>
    Math.max(0, slippageDownTo(quoted, minimum) - Math.floor(slippageBps / 8));
  const moved = (offered: bigint) =>
    new CTOError("CTO_E_PRICE_MOVED", { venue: "jupiter", offered, least: minimum });
  let requested = limits.expected > minimum ? aimFor(limits.expected) : 0;
  for (let build = 1; build <= MAX_BUILDS_PER_BUY; build += 1) {
    const checked = await ask(requested);
    const { outAmount } = checked.answer;
    if (outAmount < minimum) throw moved(outAmount);
    const roomy = requested >= slippageDownTo(outAmount, minimum) - Math.floor(slippageBps / 4);
    if (checked.leastTokens >= minimum && (roomy || build === MAX_BUILDS_PER_BUY)) return checked;
    requested = aimFor(outAmount);
  }
  const reason = `the price keeps moving: no threshold of at least ${minimum} token units was offered`;
  throw new CTOError("CTO_E_NO_ROUTE", { mint, venue: "jupiter", reason });
};

/** How long the rate limit of the plan takes for an operation: its market, and then each leg's builds. */
const paceOf = (requestsPerSecond: number, quotes: number): NonNullable<OpenVenue["pace"]> => ({
  requestsPerSecond,
  secondsFor: (legs) => ({
    least: secondsFor(requestsPerSecond, quotes + 1 + legs),
    most: secondsFor(requestsPerSecond, quotes + MAX_BUILDS_PER_BUY * (1 + legs)),
  }),
});

export type JupiterOptions = JupiterApiOptions & {
  /** The rate at which workers send requests, for estimates. Default: the rate of this API. */
  readonly workersPerSecond?: number;
  /**
   * Checks whether the API is the localnet's own desk, whose quotes are transfers out of escrow. Default: always
   * false.
   */
  readonly isDesk?: () => Promise<boolean>;
};

/**
 * Creates the venue.
 * @example
 * const venue = createJupiterVenue(createRouteReader(witness), { url: "https://api.jup.ag" });
 * const open = await venue.open(survey, { legs, slippageBps: 300, taker });
 * const buy = await open.buy({ buyer, payer, lamports: legs[0] });
 */
export const createJupiterVenue = (readRoute: RouteReader, options: JupiterOptions): QuotedVenue => {
  const source: Source = {
    api: createJupiterApi(options),
    isDesk: options.isDesk ?? (async () => false),
  };
  const requestsPerSecond = options.workersPerSecond ?? jupiterRate(options);

  const openWithin = async (
    maxAccounts: number,
    survey: Survey,
    request: OpenRequest,
  ): Promise<OpenVenue> => {
    const { legs, slippageBps, taker } = request;
    const { mint } = survey;
    const query = { mint, maxAccounts, slippageBps };
    const { whole, impactBps, rate } = await sizeUp(
      async (amount) =>
        (await checkedBuild(source, survey, { ...query, lamports: amount, taker, payer: taker })).answer,
      legs,
    );
    /** The last quote of a leg, which is the best estimate for the next leg. */
    let latest: Sample | undefined;
    const offer = (amount: Lamports): Offer => ({
      // Each leg requests its own quote. If this average is too low, hardly any leg can be served.
      tokensOut: (whole.tokensOut * amount) / whole.lamports,
      leastTokens: minimumOut(amount, rate, slippageBps),
    });
    const buy = async ({ buyer, payer, lamports: amount, atLeast = 0n }: BuyRequest): Promise<Buy> => {
      const limits = {
        mint,
        slippageBps,
        minimum: maximum(offer(amount).leastTokens, atLeast),
        expected: latest ? (latest.tokensOut * amount) / latest.lamports : firstOut(amount, whole, impactBps),
      };
      const leg = { ...query, lamports: amount, taker: buyer, payer };
      const checked = await buildWithin(
        (requested) => checkedBuild(source, survey, { ...leg, slippageBps: requested }),
        limits,
      );
      latest = { lamports: amount, tokensOut: checked.answer.outAmount };
      const tables = Object.keys(checked.answer.addressesByLookupTableAddress ?? {}) as Address[];
      const isThere = await hasWrappedAccount(survey.fetched, buyer);
      const wrapped = { account: await wrappedAccountOf(buyer), isThere };
      const { created } = checked;
      const onTheWay = await readOnTheWay(readRoute, survey, buyer, { tables, created });
      return { ...toBuy(survey, buyer, checked, onTheWay, wrapped), ownAtMarkets: await ownAtMarkets(buyer) };
    };
    const fewer = maxAccounts - ACCOUNTS.step;
    return {
      venue: "jupiter",
      market: "aggregator",
      quote: {
        lamports: lamports(whole.lamports),
        tokensOut: whole.tokensOut,
        priceImpactBps: impactBps,
        feeLamports: null,
        legs: legs.map((leg) => (whole.tokensOut * leg) / whole.lamports),
      },
      offline: false,
      ...(Number.isFinite(requestsPerSecond)
        ? { pace: paceOf(requestsPerSecond, legs.length > 1 ? 2 : 1) }
        : {}),
      offer,
      buy,
      ...(fewer < ACCOUNTS.least ? {} : { shorter: once(() => openWithin(fewer, survey, request)) }),
    };
  };
  return {
    code: "jupiter",
    open: (survey, request) => openWithin(ACCOUNTS.most, survey, request),
    reference: async ({ mint }, { legs, slippageBps, taker }) => {
      const total = legs.reduce<bigint>((sum, leg) => sum + leg, 0n);
      const query = { mint, lamports: total, taker, payer: taker, slippageBps, maxAccounts: ACCOUNTS.most };
      const { inputMint, outputMint, inAmount, outAmount } = await source.api.build(query);
      // We sign nothing of this answer, so we check only that its price is for our request.
      const isAbout = inputMint === WRAPPED_SOL_MINT && outputMint === mint && inAmount === total;
      if (isAbout && outAmount > 0n) return outAmount;
      const problem = isAbout ? "it offers nothing" : "the quote is not about what was asked";
      throw new CTOError("CTO_E_VENUE_INVALID_ANSWER", { venue: "jupiter", problem });
    },
  };
};
