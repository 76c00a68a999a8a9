/**
 * Finds out whether the journal is behind the chain with an open call: a member's transaction of this call is on chain,
 * and the journal has handed out no message with its blockhash. The journal is then an old backup (ADR 31), or somebody has
 * signed the call's memo in a transaction of an own: anyone can pledge, with an empty wallet. So this holds the call alone, and
 * no signing of others. Nor do others wait until the wallets of strangers are read: each call is held first, and asked then. What a
 * member sent alone is no such case: its blockhash is known.
 */
import type { Member } from "../engine/calls/muster.ts";
import type { Address } from "../engine/ports.ts";
import { type Age, type AgeQuestion, readAge } from "../engine/restore/behind.ts";
import { parseMemo } from "../engine/transaction/memo-text.ts";
import type { CallHold, CallRecord } from "./call-record.ts";
import type { CallStore } from "./call-store.ts";

const NOT_ASKED = "it is not known yet whether the journal lacks something of this call";

/**
 * Holds all open calls until {@link askHeld} has asked for them. It reads nothing of the chain.
 *
 * @param since the journal's mark, which is old
 */
export async function holdOpen(store: CallStore, since: bigint): Promise<void> {
  const held: CallHold = { why: NOT_ASKED, since };
  for (const callId of await store.listOpen())
    if ((await store.readCall(callId))?.held === null)
      await store.changeCall(callId, (found) => (found.held === null ? { ...found, held } : found));
}

/** Whether there is a call for {@link askHeld}. */
export async function isAnyHeld(store: CallStore): Promise<boolean> {
  for (const callId of await store.listOpen())
    if (sinceOf(await store.readCall(callId)) !== null) return true;
  return false;
}

/** Null: the wallets of the call need not be asked. It is not held, or for good. */
const sinceOf = (record: CallRecord | null): bigint | null => record?.held?.since ?? null;

export type AskRun = {
  readonly chain: Parameters<typeof readAge>[0];
  readonly store: CallStore;
  /** Called before each part of the reading. */
  readonly extend: () => Promise<void>;
  /** Called for a call that is held for another reason than before. */
  readonly onHeld: (callId: string, why: string) => void;
};

/**
 * Asks the wallets of the held calls. A call goes on if the journal lacks nothing of it. If it may lack something, the call is held for
 * good; where that cannot be known, until it is. The failure of one call holds no other one.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`, after all of them were asked
 */
export async function askHeld(run: AskRun): Promise<void> {
  const failures: unknown[] = [];
  for (const callId of await run.store.listOpen())
    await askFor(run, callId).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function askFor({ chain, store, extend, onHeld }: AskRun, callId: string): Promise<void> {
  const record = await store.readCall(callId);
  const since = sinceOf(record);
  if (record === null || since === null) return;
  const questions = await askCall(store, record);
  const age = await readAge(chain, questions, since, async () => {
    await extend();
    return false;
  });
  const hold = holdBy(age, since);
  if (hold?.why === record.held?.why) return;
  if (hold !== null) onHeld(callId, hold.why);
  // What another worker has found meanwhile stays.
  await store.changeCall(callId, (found) => (sinceOf(found) === since ? { ...found, held: hold } : found));
}

function holdBy(age: Age, since: bigint): CallHold | null {
  if (age.age === "current") return null;
  return age.age === "behind"
    ? { why: `${age.signature} carries the call's memo, and the journal has not handed it out`, since: null }
    : { why: `it cannot be known whether the journal lacks something of this call: ${age.why}`, since };
}

const membersOf = ({ muster }: CallRecord): readonly Member[] => muster?.members ?? [];

/** Returns the questions for the wallets of a call. */
async function askCall(store: CallStore, record: CallRecord): Promise<AgeQuestion[]> {
  const arrivals = await store.listArrivals(record.call.terms.callId);
  const pledged = arrivals.map(({ statement }) => statement.wallet);
  const wallets = new Set([...pledged, ...membersOf(record).map((member) => member.wallet)]);
  return [...wallets].flatMap((wallet) => askMember(record, wallet));
}

function askMember(record: CallRecord, wallet: Address): AgeQuestion[] {
  const { callId } = record.call.terms;
  const member = membersOf(record).find((one) => one.wallet === wallet);
  // A wallet that only sends may have replaced the blockhash.
  if (member?.way === "sends" && member.attempts.length > 0) return [];
  const findUnknown: AgeQuestion["findUnknown"] = async (memos, { record: transaction }) => {
    const isOfCall = memos.some((text) => parseMemo(text)?.operationId === callId);
    const isKnown = member?.attempts.some(({ lifetime }) => lifetime.blockhash === transaction?.blockhash);
    return isOfCall && isKnown !== true ? callId : null;
  };
  return [{ wallet, operationId: callId, findUnknown }];
}
