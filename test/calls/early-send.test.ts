/** A stranger must not be able to send what members have signed, before the least is in hand. */
import bs58 from "bs58";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import type { Base64EncodedWireTransaction } from "../../src/engine/ports.ts";
import type { CallView } from "../../src/services/calls/view.ts";
import { type CallStage, openCallStage } from "../support/call-stage.ts";
import { landings } from "../support/ledger.ts";

const patiently = { timeout: 60_000, interval: 50 };
let calls: CallStage;
beforeAll(async () => {
  calls = await openCallStage();
});
afterAll(() => calls?.close());

/** Asks as anyone on the internet: without a key. */
const anyone = async <Body>(method: "GET" | "POST", url: string): Promise<Body> =>
  (await calls.app.inject({ method, url })).json<Body>();

it("shows nobody a signature with which anyone could send a buy before the release", async () => {
  const members = [calls.member(5n), calls.member(5n), calls.member(5n)] as const;
  const [first] = members;
  const callId = await calls.publish();
  await expect.poll(async () => (await calls.view(callId)).status, patiently).toBe("open");
  for (const member of members) await calls.pledge(callId, member);
  await expect.poll(async () => (await calls.view(callId)).muster?.round, patiently).toBe(1);
  const signed = await calls.sign(callId, first);
  const view = await anyone<CallView>("GET", `/v1/calls/${callId}`);
  expect(view.muster?.released).toBe(false);
  expect(view.muster?.members[0]?.phase).toBe("signed");

  // The attack: the message that anyone may ask for, and the signature that the call's page has shown.
  const stolen = view.muster?.members[0]?.signature;
  if (stolen !== undefined) {
    const { transaction } = await anyone<{ transaction: Base64EncodedWireTransaction }>(
      "POST",
      `/v1/calls/${callId}/members/${first.address}/transaction`,
    );
    // Version 0: a count, 64 empty bytes, and the message.
    const message = Uint8Array.from(Buffer.from(transaction, "base64").subarray(65));
    const wire = toWire(message, [Uint8Array.from(bs58.decode(stolen))]);
    await calls.worker.ports.chain.broadcast(wire, { preflight: false });
    calls.stage.localnet.cluster.tick(40);
  }
  expect(landings(calls.stage.localnet.cluster, callId).size).toBe(0);
  for (const path of [
    `/v1/calls/${callId}`,
    `/c/${callId}`,
    `/c/${callId}.json`,
    `/r/${callId}`,
    `/r/${callId}.json`,
  ])
    expect((await calls.app.inject({ method: "GET", url: path })).body, path).not.toContain(signed);
});
