/**
 * Finds out whether the journal is behind the chain with an open call: a member's transaction of this call is on chain,
 * and the journal has handed out no message with its blockhash. The journal is then an old backup (ADR 31), or somebody has
 * signed the call's memo in a transaction of an own: anyone can pledge, with an empty wallet. So this holds the call alone, and
 * no signing of others. What a member sent alone is no such case: its blockhash is known.
 */
import type { Member } from "../engine/calls/muster.ts";
import type { Address } from "../engine/ports.ts";
import { type Age, type AgeQuestion, readAge } from "../engine/restore/behind.ts";
import { parseMemo } from "../engine/transaction/memo-text.ts";
import type { CallHold, CallRecord } from "./call-record.ts";
import type { CallStore } from "./call-store.ts";

export type HoldRun = {
  readonly chain: Parameters<typeof readAge>[0];
  readonly store: CallStore;
  /** Called before each part of the reading. */
  readonly extend: () => Promise<void>;
};

/**
 * Holds the open calls of which the journal may lack something that was handed out. Where that cannot be known, the call is held until it is.
 *
 * @param since the journal's mark, if it is old; null: only calls are asked of which it could not be known before
 * @returns the ids of the calls that are held, with the reason
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function holdCalls(
  { chain, store, extend }: HoldRun,
  since: bigint | null,
): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  for (const callId of await store.listOpen()) {
    const record = await store.readCall(callId);
    if (record === null) continue;
    const from = record.held === null ? since : record.held.since;
    if (from === null) continue;
    const questions = await askCall(store, record);
    const age = await readAge(chain, questions, from, async () => {
      await extend();
      return false;
    });
    const hold = holdBy(age, from);
    if (hold !== null) held.set(callId, hold.why);
    if (hold?.why === record.held?.why) continue;
    await store.changeCall(callId, (found) => ({ ...found, held: hold }));
  }
  return held;
}

function holdBy(age: Age, since: bigint): CallHold | null {
  if (age.age === "current") return null;
  return age.age === "behind"
    ? { why: `${age.signature} carries its memo, and the journal has not handed it out`, since: null }
    : { why: `whether the journal lacks something of it cannot be known: ${age.why}`, since };
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
