/**
 * Chooses the legs that a funding pays. A wallet may have become unfit after planning. If the request leaves such
 * wallets out, the funding sends them nothing, and their buys are given up.
 */

import { CTOError, isCTOError, isOutage, toFailure } from "../../errors/index.ts";
import { TRIES } from "../beats.ts";
import { fundedBy } from "../buy/funded.ts";
import { fitLegs, whyUnfit } from "../operation/fitness.ts";
import { change, type Run } from "../operation/journaling.ts";
import type { Leg, Step, Survey } from "../ports.ts";
import { legOf, stepOfLeg } from "../step/of-leg.ts";
import { hasFailed } from "../step/status.ts";

/** The legs of one funding transaction. */
export type Batch = { readonly number: number; readonly legs: readonly Leg[] };

/** The legs that are paid, and those that are left out. */
export type LegsToFund = {
  readonly paid: readonly Leg[];
  readonly leftOut: readonly Leg[];
  /** Why legs are left out whose key or signer cannot be opened, by their index. The wallets of the others are unfit. */
  readonly unopenable: ReadonlyMap<number, unknown>;
};

/** Whether the leg's buy will never land: it was given up, or each of its attempts is provably dead. */
const hasEnded = (buy: Step | undefined): boolean => buy !== undefined && hasFailed(buy.status);

/** Whether nothing of the leg's buy can land, so that a wallet which cannot buy now needs no funding. */
const isReady = (buy: Step | undefined): boolean => buy?.status === "ready";

/**
 * A leg whose buy has ended stays without funding, also if a fork dropped the first one: nobody would spend what it is
 * sent. A leg whose buy has landed, or may land, is paid in any case: a fork may have dropped only its funding, and then
 * its wallet has paid for the buy itself.
 *
 * @throws `CTO_E_WALLETS_UNFIT` as `fitLegs` does
 */
export function chooseLegsToFund(
  { operation }: Pick<Run, "operation">,
  survey: Survey,
  legs: readonly Leg[],
  steps: readonly Step[],
): LegsToFund {
  const buyOf = (leg: Leg): Step | undefined => stepOfLeg(steps, "buy", leg);
  const wanted = legs.filter((leg) => !hasEnded(buyOf(leg)));
  const fit = new Set(fitLegs(operation.request, survey, wanted));
  const isPaid = (leg: Leg): boolean => fit.has(leg) || !isReady(buyOf(leg));
  const leftOut = wanted.filter((leg) => !isPaid(leg));
  return { paid: wanted.filter(isPaid), leftOut, unopenable: new Map() };
}

/** A signer that fails after this time has hung. It gets no second try, because the other legs wait for it. */
const HUNG_MS = 30_000;

/**
 * Leaves out the legs whose key or signer cannot be opened. They could not buy, and what is sent ahead comes back only with
 * the signature of its wallet. A signer that fails is an outage, and is opened again, until the operation's tries are used up.
 *
 * @param isDecided whether the leg's funding may be on chain, or its buy was signed: such a leg is paid in any case
 * @throws a signer's failure while tries are left; the first of the errors if no leg would be left: it may be an outage. Then
 * nothing is sent
 */
export async function withoutUnopenable(
  { ports: { keyring, clock }, operation: { tries } }: Pick<Run, "ports" | "operation">,
  chosen: LegsToFund,
  isDecided: (leg: Leg) => boolean,
): Promise<LegsToFund> {
  const unopenable = new Map<number, unknown>();
  const isLast = tries + 1 >= TRIES;
  const open = async ({ index, walletId }: Leg): Promise<void> => {
    const from = clock.now().getTime();
    try {
      await keyring.requireOpenable?.([walletId]);
    } catch (error) {
      const isGivenUp = isLast || clock.now().getTime() - from > HUNG_MS;
      // The journal may be away, which says nothing about this wallet.
      if (isOutage(error) && !(isGivenUp && isCTOError(error, "CTO_E_WALLET_SIGNER_FAILED"))) throw error;
      unopenable.set(index, error);
    }
  };
  await Promise.all(chosen.paid.filter((leg) => !isDecided(leg)).map(open));
  const paid = chosen.paid.filter(({ index }) => !unopenable.has(index));
  const [first] = unopenable.values();
  if (paid.length === 0 && first !== undefined) throw first;
  const dropped = chosen.paid.filter(({ index }) => unopenable.has(index));
  return { paid, leftOut: [...chosen.leftOut, ...dropped], unopenable };
}

const unfit = (survey: Survey, legs: readonly Pick<Leg, "address">[]): CTOError =>
  new CTOError("CTO_E_WALLETS_UNFIT", {
    mint: survey.mint,
    wallets: legs.map(({ address }) => ({ address, reasons: whyUnfit(survey, address) })),
  });

/**
 * Gives up the buys of legs that are left out. It comes before a funding without them is signed: a buy that is not
 * funded would otherwise spend what its wallet holds itself.
 */
export async function giveUpLeftOut(
  run: Run,
  survey: Survey,
  { leftOut, unopenable }: LegsToFund,
): Promise<void> {
  if (leftOut.length === 0) return;
  const steps = await run.ports.journal.readSteps(run.operation.id);
  for (const leg of leftOut) {
    const buy = stepOfLeg(steps, "buy", leg);
    if (buy?.status !== "ready") continue;
    await change(run, buy, {
      status: "failed",
      failure: toFailure(unopenable.get(leg.index) ?? unfit(survey, [leg])),
    });
  }
}

/** Why a batch is not funded whose legs are all left out. */
export const paysNobody = (batch: number): CTOError =>
  new CTOError("CTO_E_FUNDING_NOT_LANDED", { batch, reason: "none of its wallets can buy any more" });

/** Gives up the buys that a landed funding has left out: they would spend what their wallets hold themselves. */
export async function giveUpUnpaid(run: Run, { legs }: Batch, fund: Step): Promise<void> {
  const funded = fundedBy([fund], () => legs);
  const unpaid = legs.filter(({ index }) => funded.get(index) === 0n);
  if (unpaid.length === 0) return;
  const steps = await run.ports.journal.readSteps(run.operation.id);
  for (const leg of unpaid) {
    const buy = stepOfLeg(steps, "buy", leg);
    if (buy?.status !== "ready") continue;
    const failure = toFailure(new CTOError("CTO_E_WALLET_NOT_FUNDED", { address: leg.address }));
    await change(run, buy, { status: "failed", failure });
  }
}

/** Gives up the buys of a batch that was not funded; they never begin. */
export async function giveUpBatch(run: Run, { number, legs }: Batch, fund: Step): Promise<void> {
  const reason = fund.failure?.message ?? `its funding is ${fund.status}`;
  const failure = toFailure(new CTOError("CTO_E_FUNDING_NOT_LANDED", { batch: number, reason }));
  const status = fund.status === "cancelled" ? "cancelled" : "failed";
  for (const step of await run.ports.journal.readSteps(run.operation.id)) {
    const concerned = step.kind === "buy" && legOf(legs, step) !== undefined;
    if (concerned && step.status === "ready") await change(run, step, { status, failure });
  }
}
