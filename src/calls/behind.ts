/**
 * Finds out whether the journal is behind the chain with an open call: a member's transaction of this call is on chain,
 * and the journal has handed out no message with its blockhash. The journal is then an old backup (ADR 31). What a
 * member sent alone is no such case: its blockhash is known.
 */
import type { Member } from "../engine/calls/muster.ts";
import type { Address, Chain, Journal, Notes } from "../engine/ports.ts";
import { type Age, ageByHistory, isFresh, worseAge } from "../engine/restore/behind.ts";
import { parseMemo } from "../engine/transaction/memo-text.ts";
import type { CallRecord } from "./call-record.ts";
import { createCallStore } from "./call-store.ts";

type Look = {
  readonly journal: Pick<Journal, "readReached"> & Notes;
  readonly chain: Pick<Chain, "latestBlockhash" | "readHistory" | "readFinal">;
};

/**
 * Searches for a transaction of an open call that the journal does not know.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function ageByCalls({ journal, chain }: Look): Promise<Age> {
  let age: Age = { age: "current" };
  const reached = await journal.readReached();
  if (reached === null || isFresh(reached, await chain.latestBlockhash())) return age;
  const store = createCallStore(journal);
  for (const callId of await store.listOpen()) {
    const record = await store.readCall(callId);
    if (record === null) continue;
    const pledged = (await store.listArrivals(callId)).map(({ statement }) => statement.wallet);
    for (const wallet of new Set([...pledged, ...membersOf(record).map((member) => member.wallet)])) {
      age = worseAge(age, await ageByMember(chain, record, wallet, reached.slot));
      if (age.age === "behind") return age;
    }
  }
  return age;
}

const membersOf = ({ muster }: CallRecord): readonly Member[] => muster?.members ?? [];

async function ageByMember(
  chain: Look["chain"],
  record: CallRecord,
  wallet: Address,
  since: bigint,
): Promise<Age> {
  const { callId } = record.call.terms;
  const member = membersOf(record).find((one) => one.wallet === wallet);
  // A wallet that only sends may have replaced the blockhash.
  if (member?.way === "sends" && member.attempts.length > 0) return { age: "current" };
  return ageByHistory(
    chain,
    { operationId: callId, wallet, since },
    async (memos, { record: transaction }) => {
      const isOfCall = memos.some((text) => parseMemo(text)?.operationId === callId);
      const isKnown = member?.attempts.some(({ lifetime }) => lifetime.blockhash === transaction?.blockhash);
      return isOfCall && isKnown !== true ? callId : null;
    },
  );
}
