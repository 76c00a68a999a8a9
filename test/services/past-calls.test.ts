/** Tests what a caller may state about its past calls. */
import type { Signature } from "@solana/kit";
import { beforeEach, expect, it } from "vitest";
import { retryIdOf } from "../../src/base/retry-id.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { type CallChain, type CallContext, storeOf } from "../../src/services/calls/context.ts";
import { confirmAnnouncement, createCall } from "../../src/services/calls/create-call.ts";
import { CALLER, validTerms } from "../calls/call.ts";
import { callStage } from "../calls/stage.ts";

const OTHER = "SysvarC1ock11111111111111111111111111111111";
type Of = { callId: string; wallet?: string; wallets?: readonly string[]; pastCalls?: readonly string[] };
const callOf = ({ callId, wallet = CALLER, wallets = [wallet], pastCalls = [] }: Of) =>
  parseTerms({
    ...validTerms(),
    callId,
    caller: { wallet, wallets: wallets.map((address) => ({ address, tokens: "50" })), pastCalls },
  });

let context: CallContext;
beforeEach(() => {
  ({ context } = callStage({ CTO_CALLERS: [CALLER, OTHER] }));
});

async function publish(of: Of): Promise<void> {
  const call = callOf(of);
  await storeOf(context).addCall(newRecord(call, new Date()));
  const { callId, caller } = call.terms;
  const chain = {
    readFinal: async (signature: Signature) => ({
      signature,
      slot: 7n,
      failed: false,
      memos: [{ text: `cto:1:${callId}:call:${call.termsHash}`, signers: [caller.wallet] }],
    }),
    readHoldings: async (wallets: readonly string[]) => new Map(wallets.map((one) => [one, 50n])),
  };
  const signature = `${"2".repeat(87)}${callId.at(-1)}` as Signature;
  await confirmAnnouncement(context, { chain } as unknown as CallChain, callId, signature);
}

const refused = expect.objectContaining({ code: "CTO_E_CALL_DISCLOSURE_CONTRADICTS" });

it("nobody takes the calls of another caller for its own", async () => {
  await publish({ callId: "famous_1", wallet: OTHER });
  await expect(publish({ callId: "call_2", pastCalls: ["famous_1"] })).rejects.toEqual(refused);
});

it("a caller cannot hide a past call behind another one of its own wallets", async () => {
  await publish({ callId: "lapsed_1", wallet: CALLER });
  // It says itself that CALLER is its own.
  await expect(publish({ callId: "call_2", wallet: OTHER, wallets: [OTHER, CALLER] })).rejects.toEqual(
    refused,
  );
  await publish({ callId: "call_3", wallet: OTHER, wallets: [OTHER, CALLER], pastCalls: ["lapsed_1"] });
});

it("naming another caller's wallet lays no duty on that caller", async () => {
  await publish({ callId: "call_1", wallet: OTHER, wallets: [OTHER, CALLER] });
  await publish({ callId: "call_2", wallet: CALLER });
});

it("no call takes the id that the retry of an operation will have: its receipt would hide the call's", async () => {
  const { terms } = callOf({ callId: retryIdOf("op_4fQ") });
  await expect(
    createCall(context, {} as never, { ...terms, closesAt: "2099-01-01T00:00:00Z" }),
  ).rejects.toEqual(expect.objectContaining({ code: "CTO_E_CALL_TERMS_INVALID" }));
});
