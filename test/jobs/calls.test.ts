/**
 * Tests open calls on a whole system, with wallets that only their members have keys of: from terms over pledges and
 * the muster to the receipt; with enough signers, and without. Two workers run at once.
 */
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readWire, toWire } from "../../src/base/wire.ts";
import type { Base64EncodedWireTransaction } from "../../src/engine/ports.ts";
import { createChainReader, loadReceipt, type Receipt, verifyReceipt } from "../../src/receipts/index.ts";
import { storeOf } from "../../src/services/calls/context.ts";
import type { CallView } from "../../src/services/calls/view.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { type CallStage, type Member, openCallStage } from "../support/call-stage.ts";
import { landings } from "../support/ledger.ts";
import { signedBy } from "../support/signed-by.ts";
import { findPython, startPython } from "../verifiers/python.ts";

const SOL = 1_000_000_000n;
const patiently = { timeout: 60_000, interval: 50 };

let calls: CallStage;
let second: CTOWorker;
let url: string;

beforeAll(async () => {
  calls = await openCallStage();
  second = await createCTOWorker({ context: calls.context });
  url = await calls.app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await second?.close();
  await calls?.close();
});

const statusOf = async (callId: string): Promise<string> => (await calls.view(callId)).status;
const roundOf = async (callId: string): Promise<number> => (await calls.view(callId)).muster?.round ?? 0;
const memberOf = async (callId: string, { address }: Member) =>
  (await calls.view(callId)).muster?.members.find(({ wallet }) => wallet === address);
const landed = (callId: string) => landings(calls.stage.localnet.cluster, callId);
const balanceOf = ({ address }: Member): bigint =>
  calls.stage.localnet.cluster.account(address)?.lamports ?? 0n;
const broadcast = (wire: Base64EncodedWireTransaction) =>
  calls.worker.ports.chain.broadcast(wire, { preflight: false });
const python = findPython();

/** The receipt of a call has the format of an operation's, and both verifiers check it against the chain alone. */
async function verified(callId: string): Promise<Receipt> {
  const reader = createChainReader(calls.stage.localnet.rpcUrl);
  const receipt = await loadReceipt(calls.context, callId, reader);
  expect(await verifyReceipt(receipt, reader)).toMatchObject({ problems: [], ok: true });
  const second = python === null ? null : startPython(python, calls.stage.localnet.rpcUrl);
  if (second !== null) expect(await second.verify(receipt)).toMatchObject({ problems: [], ok: true });
  second?.close();
  return receipt;
}
const refused = (code: string) => expect.objectContaining({ code });
const codeOf = (made: Promise<unknown>): Promise<unknown> =>
  made.then(
    () => null,
    (problem: { code: unknown }) => problem.code,
  );
/** Asks for a member's transaction until it is handed out. */
async function handedOut(callId: string, member: Member): Promise<string> {
  let transaction = "";
  const ask = async () => {
    transaction = await calls.handOut(callId, member);
  };
  await expect.poll(() => codeOf(ask()), patiently).toBeNull();
  return transaction;
}

/** A call whose first round has begun. */
async function mustered(members: readonly Member[], changes?: Record<string, unknown>): Promise<string> {
  const callId = await calls.publish(changes);
  await expect.poll(() => statusOf(callId), patiently).toBe("open");
  for (const member of members) await calls.pledge(callId, member);
  await expect.poll(() => roundOf(callId), patiently).toBe(1);
  return callId;
}

describe("a call that enough members sign", () => {
  it("lands all of them once, sends nothing earlier, and shows what each of them got", async () => {
    const members = [calls.member(5n), calls.member(5n, "signs", 1), calls.member(5n)] as const;
    const sender = calls.member(5n, "sends");
    const poor = calls.member(1n);
    const live = io(`${url}/calls`, { transports: ["websocket"] });
    const heard: CallView[] = [];
    live.on("cto:call", (call: CallView) => heard.push(call));
    const callId = await mustered([poor, sender, ...members]);
    live.emit("watch", { callId });
    const [first, ...others] = members;
    await expect(calls.handOut(callId, sender)).rejects.toEqual(refused("CTO_E_MUSTER_NOTHING_TO_SIGN"));
    const signature = await calls.sign(callId, first);
    // A double click: the same transaction again, and the same signature.
    expect(await calls.sign(callId, first)).toBe(signature);
    expect(landed(callId).size).toBe(0);
    for (const member of others) await calls.sign(callId, member);
    await expect.poll(async () => (await calls.view(callId)).muster?.released, patiently).toBe(true);
    await expect(calls.withdraw(callId, first)).rejects.toEqual(refused("CTO_E_MUSTER_WITHDRAWN_LATE"));
    // It is handed out once, so a stranger must not get it first.
    const unproved = refused("CTO_E_MUSTER_NOT_PROVED");
    const own = await calls.request(callId, sender);
    const forged = { ...own, statement: { ...own.statement, nonce: "nonce-of-a-stranger" } };
    // Others may have seen its pledge.
    for (const proof of [null, await calls.request(callId, first), forged, calls.signedOf(sender)])
      await expect(calls.handOut(callId, sender, proof)).rejects.toEqual(unproved);
    await broadcast(signedBy(sender, await handedOut(callId, sender)));
    // The wallet may replace the blockhash, so a second device must not get it: both would land.
    await expect(calls.handOut(callId, sender)).rejects.toEqual(refused("CTO_E_MUSTER_HANDED_ONCE"));
    calls.stage.localnet.cluster.tick(200);
    await expect.poll(() => statusOf(callId), patiently).toBe("landed");
    expect(landed(callId)).toEqual(new Map([1, 2, 3, 4].map((leg) => [leg, 1])));
    await expect.poll(() => heard.at(-1)?.status, patiently).toBe("landed");
    live.disconnect();
    expect(new Set(heard.map(({ muster }) => muster?.signed.wallets))).toContain(3);
    const { muster, totals, announcement, pledges, pledged, powers } = await calls.view(callId);
    expect(powers).toEqual([]);
    expect(pledged).toMatchObject({ wallets: 5, covered: { wallets: 4, lamports: String(4n * SOL) } });
    expect(pledges.filter(({ covered }) => covered === false)).toMatchObject([{ wallet: poor.address }]);
    expect(announcement).not.toBeNull();
    expect(totals).toMatchObject({ landed: 4, lamports: String(4n * SOL) });
    for (const member of muster?.members ?? []) {
      expect(member).toMatchObject({ phase: "finalized", lamports: String(SOL), caller: false });
      expect(BigInt(member.tokens ?? 0)).toBeGreaterThan(0n);
      expect(BigInt(member.spent ?? 0)).toBeGreaterThan(SOL);
    }
    expect(await memberOf(callId, sender)).toMatchObject({ way: "sends", sentByMember: true });
    // The localnet's faucet has paid all of them. It is looked up once, by a worker, when the muster begins.
    await expect
      .poll(async () => (await calls.view(callId)).funders, patiently)
      .toEqual({ distinct: 1, unknown: 0 });
    expect(await verified(callId)).toMatchObject({
      status: "completed",
      settled: true,
      totals: { landed: 4 },
      call: {
        pledged: { wallets: 4 },
        signed: { wallets: 3, lamports: String(3n * SOL) },
        dropped: 0,
        funders: { distinct: 1, unknown: 0 },
        sales: [],
      },
    });
    const page = await calls.app.inject({ url: `/r/${callId}` });
    expect(page.payload).toContain("Distinct funders");
    const feed = (await calls.app.inject({ url: "/v1/disclosures" })).json<{
      version: string;
      items: unknown[];
    }>();
    expect(feed.version).toBe("https://jsonfeed.org/version/1.1");
    const wallets = [sender, ...members].map(({ address }) => expect.objectContaining({ wallet: address }));
    expect(feed.items).toMatchObject([
      { id: `call:${callId}`, _cto: { memo: `cto:1:${callId}:`, wallets, funders: { distinct: 1 } } },
    ]);
  });
});

describe("a call that too few sign", () => {
  it("sends nothing in both rounds, and costs no member anything", async () => {
    const members = [calls.member(5n), calls.member(5n), calls.member(5n)] as const;
    const callId = await mustered(members);
    const [one, two, late] = members;
    const old = await calls.handOut(callId, late);
    await calls.sign(callId, one);
    await calls.sign(callId, two);
    await calls.withdraw(callId, two);
    calls.stage.localnet.cluster.tick(200);
    await expect
      .poll(() => codeOf(calls.giveBack(callId, late, signedBy(late, old))), patiently)
      .toMatch(/^CTO_E_MUSTER_(SIGNED_LATE|NOTHING_TO_SIGN)$/);
    await expect.poll(() => statusOf(callId), patiently).toBe("lapsed");
    expect(landed(callId).size).toBe(0);
    for (const member of members) expect(balanceOf(member)).toBe(5n * SOL);
    expect(await calls.view(callId)).toMatchObject({
      totals: { landed: 0 },
      ended: { why: expect.any(String) },
    });
  });

  it("has a second round when every attempt is dead, and none when a member has sent its own", async () => {
    const members = [calls.member(5n), calls.member(5n), calls.member(5n)] as const;
    const callId = await mustered(members);
    const [one, two, three] = members;
    await calls.sign(callId, one);
    calls.stage.localnet.cluster.tick(200);
    await expect.poll(() => roundOf(callId), patiently).toBe(2);
    const alone = await calls.handOut(callId, two);
    await calls.handOut(callId, three);
    await broadcast(signedBy(two, alone));
    await expect.poll(() => landed(callId).size, patiently).toBe(1);
    calls.stage.localnet.cluster.tick(200);
    await expect.poll(() => statusOf(callId), patiently).toBe("landed");
    expect(landed(callId)).toEqual(new Map([[2, 1]]));
    expect(await memberOf(callId, two)).toMatchObject({ phase: "finalized", sentByMember: true });
    expect(await memberOf(callId, three)).toMatchObject({ phase: "dead" });
    expect(balanceOf(one)).toBe(5n * SOL);
    expect(await verified(callId)).toMatchObject({
      status: "completed",
      partial: true,
      totals: { landed: 1 },
    });
  });
});

describe("what a wallet returns", () => {
  it("is refused if it was changed, is another wallet's, or is not signed", async () => {
    const members = [calls.member(5n), calls.member(5n), calls.member(5n)] as const;
    const callId = await mustered(members, { musterSeconds: 120 });
    const [one, two] = members;
    const stranger = calls.member(5n);
    await expect(calls.handOut(callId, stranger)).rejects.toEqual(refused("CTO_E_MUSTER_NOT_A_MEMBER"));
    const mine = await calls.handOut(callId, one);
    const other = await calls.handOut(callId, two);
    const changed = refused("CTO_E_MUSTER_MESSAGE_CHANGED");
    await expect(calls.giveBack(callId, one, signedBy(one, other))).rejects.toEqual(changed);
    await expect(calls.giveBack(callId, one, "AAAA")).rejects.toEqual(changed);
    const { messageBytes } = readWire(signedBy(one, mine));
    const another = Uint8Array.from(messageBytes);
    another[another.length - 1] = (another.at(-1) ?? 0) ^ 1;
    await expect(calls.giveBack(callId, one, signedBy(one, toWire(another, [null])))).rejects.toEqual(
      changed,
    );
    await expect(calls.giveBack(callId, one, signedBy(two, mine))).rejects.toEqual(
      refused("CTO_E_MUSTER_NOT_SIGNED"),
    );
    await expect(calls.giveBack(callId, one, mine)).rejects.toEqual(changed);
    expect(await memberOf(callId, one)).toMatchObject({ phase: "handed_out" });
    // Nothing is sent for the first time after the muster's end, so nobody is told that its signature counts.
    await storeOf(calls.context).changeCall(callId, (found) =>
      found.muster === null
        ? found
        : { ...found, muster: { ...found.muster, goal: { ...found.muster.goal, endsAt: new Date() } } },
    );
    await expect(calls.giveBack(callId, two, signedBy(two, other))).rejects.toEqual(
      refused("CTO_E_MUSTER_NOTHING_TO_SIGN"),
    );
  });
});
