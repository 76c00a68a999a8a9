/**
 * Tests open calls on a whole system, with wallets that only their members have keys of: from terms over pledges and
 * the muster to the receipt; with enough signers, and without.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type CallStage, openCallStage } from "../support/call-stage.ts";
import { landings } from "../support/ledger.ts";

let calls: CallStage;

beforeAll(async () => {
  calls = await openCallStage();
});
afterAll(() => calls?.close());

const statusOf = async (callId: string): Promise<string> => (await calls.view(callId)).status;
const roundOf = async (callId: string): Promise<number> => (await calls.view(callId)).muster?.round ?? 0;
const patiently = { timeout: 30_000, interval: 50 };

it("lands all who signed, once the least is signed, and shows what each of them got", async () => {
  const callId = await calls.publish();
  const members = [calls.member(5n), calls.member(5n, "signs", 1), calls.member(5n)];
  await expect.poll(() => statusOf(callId), patiently).toBe("open");
  for (const member of members) await calls.pledge(callId, member);
  await expect.poll(() => roundOf(callId), patiently).toBe(1);
  const [first, ...others] = members;
  const signature = first && (await calls.sign(callId, first));
  // A double click: the same transaction again, and the same signature.
  expect(first && (await calls.sign(callId, first))).toBe(signature);
  expect(landings(calls.stage.localnet.cluster, callId).size).toBe(0);
  for (const member of others) await calls.sign(callId, member);
  await expect.poll(() => statusOf(callId), patiently).toBe("landed");
  expect(landings(calls.stage.localnet.cluster, callId)).toEqual(new Map([1, 2, 3].map((leg) => [leg, 1])));
  const { muster, totals } = await calls.view(callId);
  expect(totals).toMatchObject({ landed: 3, lamports: "3000000000" });
  for (const member of muster?.members ?? []) {
    expect(member).toMatchObject({ phase: "finalized", lamports: "1000000000", caller: false });
    expect(BigInt(member.tokens ?? 0)).toBeGreaterThan(0n);
    expect(BigInt(member.spent ?? 0)).toBeGreaterThan(1_000_000_000n);
  }
});
