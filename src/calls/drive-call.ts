/**
 * Carries out one call, from its announcement to its end, under a lease. Everything is in the journal: whoever has the
 * lease next goes on from there.
 */
import { isDeepStrictEqual } from "node:util";
import { beat, beatMs, type MusterRun } from "../engine/calls/drive-muster.ts";
import { canBeEnough, type Member, type Muster } from "../engine/calls/muster.ts";
import { withdraw } from "../engine/calls/muster-moves.ts";
import { createPatience, type Patience } from "../engine/calls/patience.ts";
import { anyBought, readResults } from "../engine/calls/results.ts";
import type { Limits } from "../engine/limits/limits.ts";
import type { Ports, Survey } from "../engine/ports.ts";
import type { EngineSettings } from "../engine/settings.ts";
import { isCTOError, isOutage } from "../errors/index.ts";
import type { Arrival } from "./arrivals.ts";
import type { CallRecord } from "./call-record.ts";
import type { CallStore } from "./call-store.ts";
import { type CoverLook, type CoverRhythm, createCoverRhythm, lookAtCover } from "./cover.ts";
import { type CountedPledge, countedPledges, musterOf } from "./pledges.ts";
import type { MintPower } from "./terms.ts";

export type CallPorts = Pick<Ports, "chain" | "venues" | "policy" | "clock">;

export type CallRun = {
  readonly ports: CallPorts;
  readonly store: CallStore;
  readonly settings: EngineSettings;
  /** Reads the installation's limits for these lamports and wallets. @throws what refuses them */
  readonly limits: () => Promise<Limits>;
  /** The highest fee that a transaction may have, lamports. */
  readonly mostFee: bigint;
  /** Says why nothing may be handed out or released now; null: it may. */
  readonly whyHeld: () => Promise<string | null>;
  /** Reads from a survey what the mint's issuer can do to its holders. */
  readonly powersIn: (survey: Survey) => readonly MintPower[];
  /** Aborts when the lease is lost or the process ends. */
  readonly signal: AbortSignal;
};

/** The pause between two looks at the pledges of an open call, ms. */
const LOOK_MS = 1_000;

/** What this driver remembers of its reads, so that it does not repeat them too often. */
type Paces = { readonly rhythm: CoverRhythm; readonly patience: Patience };

/** Drives the call until it is over, or until the signal aborts. */
export async function driveCall(run: CallRun, callId: string): Promise<void> {
  const { ports, store, signal } = run;
  const paces: Paces = { rhythm: createCoverRhythm(), patience: createPatience() };
  while (!signal.aborted) {
    const record = await store.readCall(callId);
    if (record === null || record.ended !== null) return store.close(callId);
    const pauseMs = await tryStep(run, record, paces);
    await ports.clock.sleep(pauseMs, signal);
  }
}

/** Makes the steps that are due. An outage is waited out: nothing of a call depends on how often we try. */
async function tryStep(run: CallRun, record: CallRecord, paces: Paces): Promise<number> {
  try {
    return await step(run, record, paces);
  } catch (error) {
    if (isOutage(error) || isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE")) return LOOK_MS;
    throw error;
  }
}

/** @returns the pause before the next step, ms */
async function step(run: CallRun, record: CallRecord, { rhythm, patience }: Paces): Promise<number> {
  const { call, status } = record;
  const { chain, clock } = run.ports;
  const { callId, musterSeconds } = call.terms;
  if (status === "mustering") {
    await musterBeat(run, record, patience);
    return beatMs(chain.blockhashLifeMs());
  }
  const now = clock.now();
  if (now.getTime() + musterSeconds * 1_000 > call.closesAt.getTime()) {
    await end(run, callId, "no whole muster fits before the deadline any more");
    return 0;
  }
  if (status === "announced") {
    if (record.announcement === null || now < call.opensAt) return LOOK_MS;
    await run.store.changeCall(callId, (found) =>
      found.status === "announced" ? { ...found, status: "open" } : found,
    );
    return 0;
  }
  return (await tryMuster(run, record, rhythm)) ? 0 : LOOK_MS;
}

/** Ends the call if nothing of it was begun. */
const end = (run: CallRun, callId: string, why: string): Promise<CallRecord> =>
  run.store.changeCall(callId, (found) =>
    found.muster === null && found.ended === null
      ? { ...found, status: "lapsed", ended: { at: run.ports.clock.now(), why } }
      : found,
  );

const sumOf = (pledges: readonly CountedPledge[]): bigint =>
  pledges.reduce((sum, { lamports }) => sum + lamports, 0n);

/** Begins the muster as soon as covered pledges reach the least, and keeps up to date what is covered. */
async function tryMuster(run: CallRun, record: CallRecord, rhythm: CoverRhythm): Promise<boolean> {
  const { call } = record;
  const { callId, mint, leastWallets } = call.terms;
  const now = run.ports.clock.now();
  const pledges = countedPledges(await run.store.listArrivals(callId), now);
  // Also if they name the least: anyone can pledge with empty wallets, and each look reads the balances of all.
  if (!rhythm.isDue(pledges, now)) return false;
  const isEnough = pledges.length >= leastWallets && sumOf(pledges) >= call.leastLamports;
  const isDue = call.terms.startedBy === undefined || record.isStarted;
  const mayBegin = isEnough && isDue && (await run.whyHeld()) === null;
  // Before the look: one that fails has cost as much.
  rhythm.looked(pledges, now);
  const look = await lookAtCover(run, mint, pledges);
  await keepLook(run, record, look);
  const refused = look.powers.filter((power) => call.terms.refuses.includes(power));
  if (refused.length > 0) {
    await end(run, callId, `the mint has a power that the terms refuse: ${refused.join(", ")}`);
    return true;
  }
  const muster = isEnough ? musterOf(call, look.covered, now) : null;
  if (muster === null && record.isStarted) await forgetStart(run, record);
  if (muster === null || !mayBegin) return false;
  // Before the muster begins: without its mark, nobody would look after the call.
  await run.store.watch(callId);
  await run.store.changeCall(callId, (found) =>
    found.status === "open" && found.muster === null
      ? {
          ...found,
          status: "mustering",
          musters: found.musters + 1,
          muster: { ...muster, number: found.musters + 1 },
        }
      : found,
  );
  return true;
}

/** A start counts now. Kept until the least is reached again, it would let the last one to pledge choose the time. */
const forgetStart = ({ store }: CallRun, { call, starts }: CallRecord): Promise<CallRecord> =>
  store.changeCall(call.terms.callId, (found) =>
    found.isStarted && found.muster === null && found.starts.length === starts.length
      ? { ...found, isStarted: false }
      : found,
  );

/** Stores what a look has shown, if it is news. */
async function keepLook(run: CallRun, { call, cover, powers }: CallRecord, look: CoverLook): Promise<void> {
  const seen = { cover: look.cover, powers: look.powers };
  if (isDeepStrictEqual({ cover, powers }, seen)) return;
  await run.store.changeCall(call.terms.callId, (found) =>
    found.muster === null ? { ...found, ...seen } : found,
  );
}

/**
 * A muster needs the least at its beginning. If those who may sign do not reach it any more before anything is handed out, as
 * when the last one to pledge withdraws, the call is open again until its deadline: nobody can end it with a withdrawal.
 */
async function backToPledging({ store }: CallRun, { call }: CallRecord): Promise<boolean> {
  const isBack = (found: CallRecord): boolean =>
    found.status === "mustering" && found.muster?.round === 0 && !canBeEnough(found.muster);
  let isMade = false;
  await store.changeCall(call.terms.callId, (found) => {
    isMade = isBack(found);
    return isMade
      ? { ...found, status: "open", muster: null, cover: null, isStarted: false, waits: null }
      : found;
  });
  return isMade;
}

const landedIn = ({ members }: Muster): number =>
  members.filter(({ attempts }) => attempts.some(({ landed }) => landed !== undefined)).length;

/** Whether the wallet's last statement says something else than what the member was counted with. */
const saysElse = ({ statement, way }: Arrival, member: Member): boolean =>
  statement.kind === "pledge" && (BigInt(statement.lamports) !== member.lamports || way !== member.way);

/**
 * Takes out members whose withdrawal was counted after the look at the pledges and before the muster was stored, or whose
 * new pledge was, as long as nothing is handed out.
 */
async function leaveOut({ store }: CallRun, record: CallRecord, arrivals: readonly Arrival[]): Promise<void> {
  const last = new Map(arrivals.map((arrival) => [arrival.statement.wallet, arrival]));
  const isGone = (member: Member, round: number): boolean => {
    const arrival = last.get(member.wallet);
    if (member.withdrawn || arrival === undefined) return false;
    return arrival.statement.kind === "withdrawal" || (round === 0 && saysElse(arrival, member));
  };
  const goneFrom = ({ muster }: CallRecord) =>
    muster === null || muster.released ? [] : muster.members.filter((one) => isGone(one, muster.round));
  if (goneFrom(record).length === 0) return;
  await store.changeCall(record.call.terms.callId, (found) => {
    const left = goneFrom(found).reduce(
      (muster, { wallet }) => muster && withdraw(muster, wallet),
      found.muster,
    );
    return left === found.muster ? found : { ...found, muster: left };
  });
}

async function musterBeat(run: CallRun, record: CallRecord, patience: Patience): Promise<void> {
  const { ports, store, settings } = run;
  const { callId, mint, platform, maxPrice } = record.call.terms;
  const arrivals = await store.listArrivals(callId);
  await leaveOut(run, record, arrivals);
  const versions = new Map(arrivals.map(({ statement, version }) => [statement.wallet, version]));
  const muster: MusterRun = {
    ports,
    settings,
    clock: ports.clock,
    patience,
    call: { callId, mint, platform, maxPrice },
    limits: await run.limits(),
    versionOf: (wallet) => versions.get(wallet) ?? 0,
    book: store.bookOf(callId),
    whyHeld: () => run.whyHeld(),
  };
  const made = await beat(muster);
  if (made.kind === "on") {
    const waits = made.why ?? null;
    if (waits !== record.waits) await store.changeCall(callId, (found) => ({ ...found, waits }));
    return;
  }
  if (await backToPledging(run, record)) return;
  const final = await muster.book.read();
  const results = await readResults({ chain: ports.chain, book: muster.book }, final, mint);
  // An endpoint may lack a transaction for a while. Until the muster's end we ask again.
  if (results.length < landedIn(final) && ports.clock.now() < final.goal.endsAt) return;
  await store.changeCall(callId, (found) => {
    const landed = found.muster !== null && anyBought(found.muster, results);
    const ended = { at: ports.clock.now(), why: made.why };
    return { ...found, status: landed ? "landed" : "lapsed", waits: null, ended, results };
  });
}
