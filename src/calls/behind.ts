/**
 * Finds out whether the journal is behind the chain with an open call: a member's transaction of this call is on chain,
 * and the journal has handed out no message with its blockhash. The journal is then an old backup (ADR 31). What a
 * member sent alone is no such case: its blockhash is known.
 */
import type { Member } from "../engine/calls/muster.ts";
import type { Address, Notes } from "../engine/ports.ts";
import type { AgeQuestion } from "../engine/restore/behind.ts";
import { parseMemo } from "../engine/transaction/memo-text.ts";
import type { CallRecord } from "./call-record.ts";
import { createCallStore } from "./call-store.ts";

/** Returns the questions for the wallets of the open calls. */
export async function askCalls(notes: Notes): Promise<AgeQuestion[]> {
  const questions: AgeQuestion[] = [];
  const store = createCallStore(notes);
  for (const callId of await store.listOpen()) {
    const record = await store.readCall(callId);
    if (record === null) continue;
    const pledged = (await store.listArrivals(callId)).map(({ statement }) => statement.wallet);
    for (const wallet of new Set([...pledged, ...membersOf(record).map((member) => member.wallet)]))
      questions.push(...askMember(record, wallet));
  }
  return questions;
}

const membersOf = ({ muster }: CallRecord): readonly Member[] => muster?.members ?? [];

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
