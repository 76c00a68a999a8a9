/** Tests that the grading of a crash run of a call finds each kind of violation, and how its journal writes are named. */
import { afterEach, expect, it } from "vitest";
import { type CallEvidence, gradeCall } from "../../crash/call-grade.ts";
import { callNoteOf } from "../../crash/call-notes.ts";
import { lamportsOf } from "../../crash/grade.ts";
import { type CallRecord, callRecordText, newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import type { Muster } from "../../src/engine/calls/muster.ts";
import { requireCall } from "../../src/services/calls/context.ts";
import { validTerms } from "../calls/call.ts";
import { type CallStage, openCallStage } from "../support/call-stage.ts";
import { landings } from "../support/ledger.ts";

const SOL = 1_000_000_000n;
const patiently = { timeout: 60_000, interval: 50 };
let calls: CallStage | undefined;

afterEach(() => calls?.close());

it("passes an honest call, and sees every way of cheating", async () => {
  calls = await openCallStage();
  const stage = calls;
  const members = [stage.member(5n), stage.member(5n), stage.member(5n)];
  const callId = await stage.publish();
  const status = async () => (await stage.view(callId)).status;
  await expect.poll(status, patiently).toBe("open");
  const { cluster } = stage.stage.localnet;
  const lamportsBefore = lamportsOf(
    cluster,
    members.map(({ address }) => address),
  );
  const historyBefore = cluster.history().length;
  for (const member of members) await stage.pledge(callId, member);
  await expect.poll(async () => (await stage.view(callId)).muster?.round, patiently).toBe(1);
  for (const member of members) await stage.sign(callId, member);
  await expect.poll(() => landings(cluster, callId).size, patiently).toBe(members.length);
  cluster.tick(200);
  await expect.poll(status, patiently).toBe("landed");
  const record = await requireCall(stage.context, callId);
  const { muster } = record;
  if (muster === null) throw new Error("no muster");
  const party = {
    members: members.map((member) => ({ ...member, lamports: SOL })),
    sent: new Set<never>(),
    terms: record.call.terms,
  };
  const honest: CallEvidence = { cluster, historyBefore, party, lamportsBefore, record };
  const told = (changed: Partial<CallEvidence>): string => gradeCall({ ...honest, ...changed }).join("\n");
  const withMuster = (changes: Partial<Muster>): CallRecord => ({
    ...record,
    muster: { ...muster, ...changes },
  });
  const unsigned = muster.members.map((member) => ({
    ...member,
    attempts: member.attempts.map((attempt) => ({ ...attempt, signature: null })),
  }));
  const dead = muster.members.map((member) => ({
    ...member,
    attempts: member.attempts.map((attempt) => ({ ...attempt, phase: "dead" as const })),
  }));
  const [one, ...others] = muster.members;

  expect(told({})).toBe("");
  const rentExemption = cluster.rentExemption.bind(cluster);
  const account = cluster.account.bind(cluster);
  const twice = [...cluster.history(), ...cluster.history().slice(historyBefore)];
  expect(told({ cluster: { history: () => twice, account, rentExemption } })).toContain("has bought 2 times");
  expect(told({ lamportsBefore: lamportsBefore + 50_000_000n })).toContain("lamports were spent");
  expect(told({ record: withMuster({ released: false }) })).toContain("nothing was released");
  expect(told({ record: withMuster({ members: unsigned }) })).toContain("below the least");
  expect(told({ record: withMuster({ members: unsigned }) })).toContain("neither accepted nor sent");
  expect(told({ record: withMuster({ members: dead }) })).toContain("dead in the journal, and has landed");
  if (one !== undefined)
    expect(told({ record: withMuster({ members: [...others, one] }) })).toContain("another member's");
  expect(told({ record: { ...record, status: "lapsed" } })).toContain("the call has lapsed");
  const terms = { ...record.call.terms, callId: "another" };
  expect(told({ party: { ...party, terms } })).toContain("has not the memo of the call");
  const none = { history: () => [], account, rentExemption };
  expect(told({ cluster: none })).toContain("has landed in the journal, and not on chain");
});

it("names a journal write by where the call stands after it", () => {
  const record = newRecord(parseTerms(validTerms()), new Date());
  const named = (one: CallRecord) => callNoteOf("writeNote", ["call/call_1", 1, callRecordText(one)]);
  expect(named(record)).toBe("call announced");
  const muster: Muster = {
    number: 1,
    goal: { leastLamports: SOL, mostLamports: SOL, leastWallets: 1, endsAt: new Date() },
    members: [],
    round: 1,
    lifetime: null,
    released: false,
  };
  expect(named({ ...record, status: "mustering", muster })).toBe("call mustering, round 1, 0 signed");
  expect(named({ ...record, status: "mustering", muster: { ...muster, released: true } })).toBe(
    "call mustering, released, none",
  );
  expect(callNoteOf("writeNote", ["pledge/call_1/wallet/nonce", 0, "{}"])).toBe("pledge");
  expect(callNoteOf("writeNote", ["cluster", 0, "hash"])).toBeNull();
  expect(callNoteOf("readNote", ["call/call_1"])).toBeNull();
});
