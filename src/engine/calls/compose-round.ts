/**
 * Composes the transactions of a round: one market, one blockhash, one prefunded buy for each member, as if all others
 * had landed before it. The policy judges each of them. Nothing is signed here: we have no key of these wallets.
 */

import { mapLimited } from "../../base/parallel.ts";
import { priorityFee } from "../../base/transaction-limits.ts";
import { CTOError, isOutage, toFailure } from "../../errors/index.ts";
import { requireAnchored } from "../buy/anchor.ts";
import { draftBuy, type Payers } from "../buy/draft.ts";
import type { Market } from "../buy/market.ts";
import { meantBuy } from "../buy/meant.ts";
import { openMarket } from "../buy/open-market.ts";
import { openForReachable } from "../buy/rents-moved.ts";
import { meantOf, requireLeg } from "../buy/simulate-leg.ts";
import { type Limits, requireAllowedPrograms } from "../limits/limits.ts";
import { whyUnfit } from "../operation/fitness.ts";
import type { Address, Buy, Failure, Lamports, NewLeg, OperationRequest, Ports, Survey } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { VERSION_ZERO, WIDEST } from "../transaction/format.ts";
import type { CallToBuy, Handed } from "./call-book.ts";
import { readLifetime } from "./height.ts";
import { canBeEnough, type Lifetime, type Muster } from "./muster.ts";

export type ComposePorts = Pick<Ports, "chain" | "venues" | "policy">;

export type Composition = {
  readonly ports: ComposePorts;
  readonly settings: EngineSettings;
  readonly call: CallToBuy;
  readonly limits: Limits;
  /** The newest transaction version that a member's wallet knows. */
  readonly versionOf: (wallet: Address) => 0 | 1;
};

export type Round = {
  readonly lifetime: Lifetime;
  readonly handed: readonly Handed[];
  /** Members that get nothing in this round, and why: they hold too little, or their accounts cannot buy. */
  readonly leftOut: ReadonlyMap<Address, Failure>;
};

/** The members pay for everything themselves. */
const PAYERS: Payers = { funding: null };

/** No quote binds the members, but the cap of the terms that they signed. The market still has to meet it (P4). */
const ANY_SLIPPAGE_BPS = 10_000;

const requestOf = (
  { callId, mint, platform, maxPrice }: CallToBuy,
  legs: readonly NewLeg[],
): OperationRequest => ({
  userId: callId,
  userChatId: 0,
  tokenAddress: mint,
  buyLamports: legs.reduce((sum, { lamports }) => sum + lamports, 0n) as Lamports,
  mode: "prefunded",
  platform,
  maxPrice,
  priority: 0,
  slippageBps: ANY_SLIPPAGE_BPS,
  parallelism: 1,
});

/** Each member keeps its number in all rounds, so that its memo is the same. */
const legsOf = ({ members }: Muster, { owners }: Survey): NewLeg[] =>
  members.flatMap(({ wallet, lamports, withdrawn }, at) =>
    withdrawn
      ? []
      : [
          {
            index: at + 1,
            walletId: wallet,
            address: wallet,
            lamports,
            tokensBefore: owners.get(wallet)?.tokens ?? 0n,
          },
        ],
  );

/**
 * Composes the next round.
 *
 * @throws the refusals of `openMarket`; `CTO_E_MUSTER_MOVE_REFUSED` if those who can pay do not reach the least
 */
export async function composeRound(composition: Composition, muster: Muster): Promise<Round> {
  const { ports, settings, call, limits } = composition;
  const wallets = muster.members.map(({ wallet }) => wallet);
  const survey = await ports.venues.survey(call.mint, wallets);
  const legs = legsOf(muster, survey);
  const fit = legs.filter(({ address }) => whyUnfit(survey, address).length === 0);
  if (fit.length === 0) throw tooFew();
  const operation = { id: call.callId, request: requestOf(call, fit) };
  const format = survey.cluster.versionOne ? WIDEST : VERSION_ZERO;
  const common = { legCount: wallets.length, payers: PAYERS, limits, format };
  const { opened, outOfReach } = await openForReachable(fit, (served) =>
    openMarket(ports, settings, operation, survey, { ...common, legs: served }),
  );
  const leftOut = new Map<Address, Failure>(
    [...outOfReach].map(([wallet, error]) => [wallet, toFailure(error)]),
  );
  for (const { address } of legs.filter((leg) => !fit.includes(leg)))
    leftOut.set(address, toFailure(unfit(survey, address)));
  const served = fit.filter(({ address }) => !leftOut.has(address));
  // A venue may take long to build so many buys. Only then does the blockhash begin to expire, and members to sign.
  const buys = await forAll(served, leftOut, (leg) => buildBuy(opened, leg));
  const lifetime = await readLifetime(ports.chain);
  const handed = await forAll(buys, leftOut, (built) =>
    composeFor(composition, opened, built, { muster: muster.number, lifetime, legs: wallets.length }),
  );
  requireEnough(muster, handed);
  return { lifetime, handed, leftOut };
}

/** Members whose transactions are built, or simulated, at once. Each of them takes a request of its own on an aggregator. */
const AT_ONCE = 16;

/** Works for all members, some at once. A member whose work is refused is left out; an outage is thrown. */
async function forAll<Item extends { readonly address: Address }, Result>(
  items: readonly Item[],
  leftOut: Map<Address, Failure>,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = await mapLimited(items, AT_ONCE, async (item) => {
    try {
      return { result: await work(item) };
    } catch (error) {
      if (isOutage(error)) throw error;
      leftOut.set(item.address, toFailure(error));
      return null;
    }
  });
  return results.flatMap((one) => (one === null ? [] : [one.result]));
}

const tooFew = (): CTOError =>
  new CTOError("CTO_E_MUSTER_MOVE_REFUSED", {
    move: "begin a round",
    reason: "the members whose wallets can pay now do not reach the least",
  });

const unfit = (survey: Survey, address: Address): CTOError =>
  new CTOError("CTO_E_WALLETS_UNFIT", {
    mint: survey.mint,
    wallets: [{ address, reasons: whyUnfit(survey, address) }],
  });

/** Otherwise the others would sign in vain. */
function requireEnough(muster: Muster, handed: readonly Handed[]): void {
  const served = new Set(handed.map(({ wallet }) => wallet));
  const members = muster.members.filter(({ wallet }) => served.has(wallet));
  if (!canBeEnough({ ...muster, members })) throw tooFew();
}

type Built = { readonly address: Address; readonly leg: NewLeg; readonly buy: Buy };

/** @throws `CTO_E_PRICE_MOVED`, and the errors of the venue */
async function buildBuy(market: Market, leg: NewLeg): Promise<Built> {
  const { address, lamports } = leg;
  const atLeast = market.cap(lamports);
  const buy = await market.open.buy({ buyer: address, payer: address, lamports, atLeast });
  requireAnchored(buy, atLeast);
  return { address, leg, buy };
}

/** @throws `CTO_E_TRANSACTION_TOO_LARGE`, `CTO_E_POLICY_REFUSED`, … */
async function composeFor(
  composition: Composition,
  market: Market,
  built: Built,
  round: { readonly muster: number; readonly lifetime: Lifetime; readonly legs: number },
): Promise<Handed> {
  const { ports, call, versionOf } = composition;
  const { lifetime, legs } = round;
  const { address: wallet, leg, buy } = built;
  const format = versionOf(wallet) === 0 ? VERSION_ZERO : market.format;
  const sizing = { ...market, format };
  const draft = draftBuy({ id: call.callId }, legs, leg, buy, sizing);
  requireAllowedPrograms(market.limits, draft);
  const unsigned = ports.chain.compose({ ...draft, lifetime });
  await ports.policy.approve(unsigned, meantBuy({ id: call.callId }, legs, leg, buy, sizing));
  const { blockhash, blockhashSlot } = lifetime;
  const composed = { buy, unsigned, blockhashSlot };
  // P2. If this member's route only loads more accounts than the sample's, it may load them, and is simulated again.
  if (!market.open.offline && !(await requireLeg(ports, sizing, leg, composed)))
    return composeFor(composition, { ...market, format: WIDEST }, built, round);
  const { computeUnitLimit, computeUnitPrice, survey } = market;
  const meant = meantOf(market, leg, buy, priorityFee(computeUnitLimit, computeUnitPrice));
  return {
    muster: round.muster,
    wallet,
    leg: leg.index,
    legs,
    blockhash,
    blockhashSlot,
    messageBytes: unsigned.messageBytes,
    messageVersion: format.version,
    lookupTables: buy.lookupTables,
    venue: buy.venue,
    leastTokens: buy.minTokensOut,
    tokenAccount: accountOf(survey, wallet),
    mayLeave: meant.mayLeave,
    ownRents: buy.rentLamports,
    ownAccounts: meant.accounts.filter((account) => account !== undefined),
    onTheWay: meant.onTheWay,
  };
}

function accountOf({ owners }: Survey, wallet: Address): Address {
  const holdings = owners.get(wallet);
  if (holdings !== undefined) return holdings.tokenAccount;
  throw new CTOError("CTO_E_INTERNAL", { reason: `${wallet} was not surveyed` });
}
