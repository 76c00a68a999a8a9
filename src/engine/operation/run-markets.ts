/** Opens the markets of a run: survey, open, reserve, anchor, and store what was decided. */

import { anchorLegs } from "../buy/anchor.ts";
import type { Payers } from "../buy/draft.ts";
import { fundedBy } from "../buy/funded.ts";
import { type AnchoredMarket, createMarkets, type Markets } from "../buy/markets.ts";
import { openMarket } from "../buy/open-market.ts";
import { openDespiteMove, openForReachable } from "../buy/rents-moved.ts";
import { batchesOf } from "../funding/funding.ts";
import { requireWithin, reserveLegs } from "../limits/admission.ts";
import type { Leg, Step, StoredLimits, Survey } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { stepOfLeg } from "../step/of-leg.ts";
import { isOpen } from "../step/status.ts";
import { formatFor } from "../transaction/format.ts";
import { fitLegs } from "./fitness.ts";
import { LeaseLost, type Run } from "./journaling.ts";
import { keepNotes } from "./note.ts";

/** The survey for the plan, and a function for a new one. */
export type Surveys = {
  readonly first: () => Promise<Survey>;
  readonly fresh: () => Promise<Survey>;
  /** This run has made the plan, so no other operation has used the wallets since. */
  readonly isFirst: boolean;
};

/** What the first market opens with. Each later one reads the limits again. */
export type Opening = Surveys & { readonly limits: StoredLimits };

/** Creates the markets of a run. Each market after the first needs the present state, so it takes a fresh survey. */
export function marketsOf(
  run: Run,
  settings: EngineSettings,
  { first, fresh, limits: firstLimits }: Pick<Opening, "first" | "fresh" | "limits">,
  legs: readonly Leg[],
  payers: Payers,
): Markets {
  const { ports, operation, lease } = run;
  let survey = first;
  let stored: StoredLimits | undefined = firstLimits;
  // Decisions are stored beside the market's writes, and at the latest when the market refuses.
  const notes = keepNotes(run);
  const openMarkets = async (): Promise<AnchoredMarket> => {
    const limits = await requireWithin(run, settings, legs.length, stored);
    stored = undefined;
    const { toLand, signed, funded } = await legsToLand(run);
    // A caller that signs has an open step, unless another worker has taken it over.
    if (toLand.length === 0) throw new LeaseLost(`nothing of ${operation.id} is left to sign`);
    const openFor = async (served: readonly Leg[], now: Survey) => {
      const signers = [...(payers.funding ? [payers.funding] : []), ...served];
      const format = await formatFor(
        ports.keyring,
        now.cluster,
        signers.map(({ walletId }) => walletId),
      );
      const context = { legs: served, legCount: legs.length, payers, limits, format, decided: notes.keep };
      return openMarket(ports, settings, operation, now, context);
    };
    const { opened, outOfReach, fit } = await openDespiteMove(await survey(), fresh, async (now) => {
      const able = paidOf(fitLegs(operation.request, now, toLand), funded);
      const isAhead = operation.request.mode === "standard" && payers.funding === null;
      if (isAhead)
        return { ...(await openForReachable(able, (reachable) => openFor(reachable, now))), fit: able };
      return { opened: await openFor(able, now), outOfReach: new Map(), fit: able };
    });
    const isServed = (leg: Leg): boolean => fit.includes(leg) && !outOfReach.has(leg.address);
    const [served, others] = [toLand.filter(isServed), toLand.filter((leg) => !isServed(leg))];
    // Nothing more is signed for the others in this market, so their wallets' limits must not refuse the served legs.
    const counted = toLand.filter((leg) => served.includes(leg) || signed.has(leg));
    await reserveLegs(run, limits, counted, { ...opened, funding: payers.funding });
    survey = fresh;
    const { open, detection, price } = opened;
    const changed = { venue: open.venue, detected: detection.platform, price };
    const [anchors] = await Promise.all([
      anchorLegs(run, open, served, opened.cap, others),
      ports.journal.changeOperation(operation.id, lease, changed),
      notes.store(),
    ]);
    return { ...opened, anchors, outOfReach, funded };
  };
  return createMarkets(ports, () => openMarkets().finally(notes.store));
}

/** Returns the legs without those that their funding left out; all of them if none remains, and signing refuses each. */
function paidOf(legs: readonly Leg[], funded: ReadonlyMap<number, bigint>): readonly Leg[] {
  const paid = legs.filter(({ index }) => funded.get(index) !== 0n);
  return paid.length > 0 ? paid : legs;
}

type ToLand = {
  /** The legs that may still land, with their present anchors: a market has to serve these. */
  readonly toLand: readonly Leg[];
  /** Those of them that have attempts, so that they may be on their way. */
  readonly signed: ReadonlySet<Leg>;
  /** See `fundedBy`. */
  readonly funded: ReadonlyMap<number, bigint>;
};

async function legsToLand({ ports, operation }: Run): Promise<ToLand> {
  const [steps, legs] = await Promise.all([
    ports.journal.readSteps(operation.id),
    ports.journal.readLegs(operation.id),
  ]);
  const buyOf = (leg: Leg): Step | undefined => stepOfLeg(steps, "buy", leg);
  const toLand = legs.filter((leg) => {
    const buy = buyOf(leg);
    return buy !== undefined && isOpen(buy);
  });
  const signed = new Set(toLand.filter((leg) => (buyOf(leg)?.attempts.length ?? 0) > 0));
  const batches = batchesOf(legs);
  return { toLand, signed, funded: fundedBy(steps, ({ number }) => batches[number - 1]?.legs ?? []) };
}
