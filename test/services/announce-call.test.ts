/**
 * Tests that what a caller discloses still holds when its terms are published: it may create several calls, or sell, between the
 * creation and the announcement.
 */
import type { Signature } from "@solana/kit";
import { beforeEach, expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { type CallChain, type CallContext, storeOf } from "../../src/services/calls/context.ts";
import { confirmAnnouncement } from "../../src/services/calls/create-call.ts";
import { CALLER, validTerms } from "../calls/call.ts";
import { callStage } from "../calls/stage.ts";

const signatureOf = (callId: string): Signature => `${"2".repeat(87)}${callId.at(-1)}` as Signature;
const callOf = (callId: string, pastCalls: readonly string[] = []) =>
  parseTerms({
    ...validTerms(),
    callId,
    caller: { wallet: CALLER, wallets: [{ address: CALLER, tokens: "50" }], pastCalls },
  });

let context: CallContext;
let held: bigint | null;

beforeEach(() => {
  held = 50n;
  ({ context } = callStage({ CTO_CALLERS: [CALLER] }));
});

/** Creates a call, as of when nothing else of the caller was published. */
async function created(...call: Parameters<typeof callOf>): Promise<void> {
  await storeOf(context).addCall(newRecord(callOf(...call), new Date()));
}

/** The memo of a call's terms is final in slot 7. */
const chainOf = (callId: string, pastCalls?: readonly string[]): CallChain =>
  ({
    chain: {
      readFinal: async (signature: Signature) => ({
        signature,
        slot: 7n,
        failed: false,
        memos: [{ text: `cto:1:${callId}:call:${callOf(callId, pastCalls).termsHash}`, signers: [CALLER] }],
      }),
      readHoldings: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return new Map([[CALLER, held]]);
      },
    },
  }) as unknown as CallChain;

const confirm = (...[callId, pastCalls]: Parameters<typeof callOf>) =>
  confirmAnnouncement(context, chainOf(callId, pastCalls), callId, signatureOf(callId));

const contradicts = (reason: string) =>
  expect.objectContaining({
    code: "CTO_E_CALL_DISCLOSURE_CONTRADICTS",
    message: expect.stringContaining(reason),
  });

it("of calls that were created before any was published, only the first can be published without the others", async () => {
  for (const callId of ["call_1", "call_2"]) await created(callId);
  await created("call_3", ["call_1"]);
  await confirm("call_1");
  await expect(confirm("call_2")).rejects.toEqual(contradicts("call_1 is not disclosed"));
  await confirm("call_3", ["call_1"]);
  // The same announcement may be named again, also when later calls were published.
  expect(await confirm("call_1")).toMatchObject({ announcement: { slot: 7n } });
});

it("of calls that are published at the same moment, too", async () => {
  for (const callId of ["call_1", "call_2", "call_3"]) await created(callId);
  const answers = await Promise.allSettled(["call_1", "call_2", "call_3"].map((callId) => confirm(callId)));
  expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
  for (const callId of ["call_1", "call_2", "call_3"]) await confirm(callId).catch(() => null);
  const known = await storeOf(context).listCalls();
  expect(known.filter(({ announcement }) => announcement !== null)).toHaveLength(1);
});

it("is refused to a caller that has sold since the creation, and to none that somebody has sent tokens", async () => {
  await created("call_1");
  held = 49n;
  await expect(confirm("call_1")).rejects.toEqual(contradicts("holds 49 base units"));
  held = null;
  await expect(confirm("call_1")).rejects.toEqual(contradicts("too many token accounts"));
  held = 51n;
  await confirm("call_1");
  // From its announcement on, what leaves the caller's wallets is looked for.
  expect(await storeOf(context).listWatched()).toEqual(["call_1"]);
});

it("says that it was sent, and to ask again, until a transaction that was just sent is final", async () => {
  await created("call_1");
  const chain = { ...chainOf("call_1").chain, readFinal: async () => null };
  const signature = signatureOf("call_1");
  const asked = (wasSent: boolean) =>
    confirmAnnouncement(context, { chain }, "call_1", signature, { wasSent });
  await expect(asked(true)).rejects.toMatchObject({
    code: "CTO_E_CALL_NOT_ANNOUNCED",
    message: expect.stringContaining("was sent, and is not final yet: ask again in some seconds"),
    remedy: expect.stringContaining("If it was sent, ask again in some seconds"),
  });
  await expect(asked(false)).rejects.toMatchObject({ message: expect.stringContaining("does not exist") });
});
