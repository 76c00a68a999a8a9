/** Tests the second door to a call: what a client of Solana Actions is shown, how it pledges, and what it may not get. */
import type { Blockhash } from "@solana/kit";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toBase58 } from "../../src/base/base58.ts";
import { type CallRecord, newRecord } from "../../src/calls/call-record.ts";
import type { CallStore } from "../../src/calls/call-store.ts";
import type { Muster, Way } from "../../src/engine/calls/muster.ts";
import type { Lamports, Signature } from "../../src/engine/ports.ts";
import { actionRoutes } from "../../src/server/routes/actions.ts";
import type { ServerApp, ServerContext } from "../../src/server/server-context.ts";
import type { CallContext } from "../../src/services/calls/context.ts";
import { handOutTo } from "../../src/services/calls/sign.ts";
import { generateKeypair, privateKeyOfSeed, signBytes } from "../../src/wallets/keypair.ts";
import { callOfNow, callStage, handedTo } from "../calls/stage.ts";

const SOL = 1_000_000_000n;
const member = generateKeypair();
const call = callOfNow();
const ACTION = "/v1/calls/call_1/action";
const config: { CTO_CALLERS?: string[]; CTO_PUBLIC_URL: string } = {
  CTO_PUBLIC_URL: "https://calls.example/below",
};
let app: ServerApp;
let context: CallContext;
const chain = {
  latestBlockhash: async () => ({ blockhash: "b", slot: 1_000n, lastValidBlockHeight: 1_150n }),
};
let store: CallStore;

beforeAll(() => {
  config.CTO_CALLERS = ["someone"];
});
beforeEach(async () => {
  ({ context, store } = callStage(config));
  app = Fastify().withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await actionRoutes(app, { context, chainPorts: async () => ({ chain }) } as unknown as ServerContext);
});

const begun = (changes: Partial<CallRecord>): Promise<boolean> =>
  store.addCall({ ...newRecord(call, new Date()), status: "open", ...changes });
const post = async (path: string, payload: object) => {
  const answer = await app.inject({ method: "POST", url: `${ACTION}/${path}`, payload });
  expect(answer.headers["access-control-allow-origin"]).toBe("*");
  return { status: answer.statusCode, body: answer.json<Record<string, string>>() };
};

describe("the second door", () => {
  it("is found by actions.json, may be used by any page, and names its chain", async () => {
    await begun({});
    const rules = await app.inject({ url: "/actions.json" });
    expect(rules.json()).toEqual({ rules: [{ pathPattern: "/c/*", apiPath: "/v1/calls/*/action" }] });
    expect(rules.headers["access-control-allow-origin"]).toBe("*");
    const asked = await app.inject({ method: "OPTIONS", url: `${ACTION}/pledge` });
    expect([asked.statusCode, asked.headers["access-control-allow-methods"]]).toEqual([
      204,
      "GET,POST,PUT,OPTIONS",
    ]);
    const shown = await app.inject({ url: ACTION });
    expect(shown.headers).toMatchObject({
      "x-action-version": "2.4",
      "x-blockchain-ids": "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    });
    const { icon } = shown.json<{ icon: string }>();
    expect(icon).toBe("https://calls.example/below/actions/icon.svg");
    const image = await app.inject({ url: new URL(icon).pathname.replace("/below", "") });
    expect(image.headers).toMatchObject({
      "content-type": "image/svg+xml",
      "cross-origin-resource-policy": "cross-origin",
    });
  });

  it("is shut where calls are off, and says so in the form of the specification", async () => {
    const { CTO_CALLERS } = config;
    delete config.CTO_CALLERS;
    for (const url of ["/actions.json", ACTION]) {
      const answer = await app.inject({ url });
      expect([answer.statusCode, answer.json()]).toEqual([404, { message: expect.any(String) }]);
      expect(answer.headers["access-control-allow-origin"]).toBe("*");
    }
    if (CTO_CALLERS !== undefined) config.CTO_CALLERS = CTO_CALLERS;
  });

  it.each([
    ["announced", { disabled: true, label: "Not open yet" }],
    ["open", { links: { actions: [{ type: "message", href: `${ACTION}/pledge?sol={sol}` }] } }],
    ["mustering", { links: { actions: [{ type: "message", href: `${ACTION}/ask` }] } }],
    ["lapsed", { disabled: true, label: "Call ended", error: { message: expect.any(String) } }],
  ] as const)("shows a call that is %s", async (status, shown) => {
    await begun({ status });
    const action = (await app.inject({ url: ACTION })).json<Record<string, unknown>>();
    expect(action).toMatchObject({ type: "action", title: "Open call call_1", ...shown });
  });
});

const sign = (text: string): string =>
  toBase58(signBytes(privateKeyOfSeed(member.seed), new TextEncoder().encode(text)));

describe("a pledge through an Action", () => {
  it("counts once its text is signed, as one of a wallet that only sends", async () => {
    await begun({});
    const account = member.address;
    const { body: asked } = await post("pledge?sol=1.5", { account, type: "message" });
    expect(asked).toMatchObject({
      type: "message",
      data: expect.stringContaining("Amount: 1.5 SOL (1500000000 lamports)"),
      links: { next: { type: "post", href: `${ACTION}/pledged` } },
    });
    expect(await store.listArrivals("call_1")).toEqual([]);
    const { data = "", state = "" } = asked;
    const other = generateKeypair().address;
    const changed = state.replace("1500000000", "2500000000");
    const forged = [
      { signature: sign("another text"), state },
      { signature: sign(data), state: changed },
    ];
    for (const one of forged) expect((await post("pledged", { account, ...one })).status).toBe(422);
    expect((await post("pledged", { account: other, signature: sign(data), state: "{" })).status).toBe(400);
    const { status, body } = await post("pledged", { account, signature: sign(data), state });
    expect([status, body.type]).toEqual([200, "completed"]);
    expect(await store.listArrivals("call_1")).toMatchObject([
      { statement: { wallet: account, lamports: "1500000000" }, way: "sends" },
    ]);
    expect((await post("pledged", { account, signature: sign(data), state })).status).toBe(409);
  });

  it("is refused without an amount, with one that is none, and when the call is not open", async () => {
    await begun({});
    const account = member.address;
    for (const path of ["pledge", "pledge?sol=much", "pledge?sol=-1"])
      expect((await post(path, { account })).body.message).toEqual(expect.any(String));
    expect((await post("pledge", { account, data: { sol: "2" } })).status).toBe(200);
    expect((await post("pledge?sol=1", { account: "nobody" })).status).toBe(400);
    // Before the wallet is asked to sign what the call would refuse.
    for (const sol of ["0.5", "5.1"]) {
      const { status, body } = await post(`pledge?sol=${sol}`, { account });
      expect([status, body.message]).toEqual([422, expect.stringContaining("bounds")]);
    }
    await store.changeCall("call_1", (found) => ({ ...found, status: "mustering" }));
    expect((await post("pledge?sol=1", { account })).status).toBe(409);
  });
});

describe("a buy through an Action", () => {
  const musterOf = (way: Way): Muster => ({
    number: 1,
    goal: {
      leastLamports: SOL,
      mostLamports: 9n * SOL,
      leastWallets: 1,
      endsAt: new Date(Date.now() + 600_000),
    },
    members: [{ wallet: member.address, lamports: SOL as Lamports, way, withdrawn: false, attempts: [] }],
    round: 0,
    lifetime: null,
    released: false,
  });

  const account = member.address;

  it("is no way around the muster for a wallet that signs", async () => {
    await begun({ status: "mustering", muster: musterOf("signs") });
    for (const path of ["ask", "buy"]) {
      const { status, body } = await post(path, { account });
      expect([status, body.message]).toEqual([409, expect.stringContaining("sign on the call's page")]);
    }
    expect((await post("ask", { account: generateKeypair().address })).status).toBe(404);
  });

  it("is for the wallet alone, which signs that it asks", async () => {
    await begun({ status: "mustering", muster: musterOf("sends") });
    for (const ticket of ["", "?ticket=bm9uZQ", "?ticket=e30"])
      expect((await post(`buy${ticket}`, { account })).status).toBe(403);
    const { body: asked } = await post("ask", { account });
    expect(asked).toMatchObject({
      type: "message",
      data: expect.stringMatching(/^I ask for my transaction of this call/),
      links: { next: { type: "post", href: `${ACTION}/asked` } },
    });
    const { data = "", state = "" } = asked;
    expect((await post("asked", { account, signature: sign("another text"), state })).status).toBe(403);
    const { body: proved } = await post("asked", { account, signature: sign(data), state });
    const [{ type, href }] = (proved as unknown as { links: { actions: [{ type: string; href: string }] } })
      .links.actions;
    expect([type, await store.listArrivals("call_1")]).toEqual(["transaction", []]);
    const path = href.replace(`${ACTION}/`, "");
    const { status, body } = await post(path, { account });
    expect([status, body.message]).toEqual([409, expect.stringContaining("no round has begun")]);
    // A URL is written to logs: it has nothing that the wallet has signed, and it is for this wallet alone.
    expect(href).not.toContain(sign(data));
    expect(Buffer.from(href.split("=")[1] ?? "", "base64url").toString()).not.toContain("signature");
  });

  it("hands its transaction out once for a ticket, and to nobody with a pledge that the wallet has not signed", async () => {
    const signer = generateKeypair().address;
    const lifetime = {
      blockhash: signer as string as Blockhash,
      blockhashSlot: 900n,
      blockHeight: 990n,
      lastValidBlockHeight: 1_140n,
    };
    const signature = "1".repeat(64) as Signature;
    const attempts = [{ round: 1, lifetime, phase: "sent" as const, signature }];
    const muster = musterOf("sends");
    const first = {
      wallet: signer,
      lamports: SOL as Lamports,
      way: "signs" as const,
      withdrawn: false,
      attempts,
    };
    const members = [first, ...muster.members];
    await begun({ status: "mustering", muster: { ...muster, members, round: 1, lifetime, released: true } });
    await store.bookOf("call_1").writeHanded(handedTo(account, lifetime, { leg: 2 }));
    const { data = "", state = "" } = (await post("ask", { account })).body;
    for (const proof of [undefined, {}, { statement: JSON.parse(state) as unknown, signature }])
      await expect(
        handOutTo(context, { chain } as never, "call_1", { wallet: account, proof }),
      ).rejects.toMatchObject({ code: "CTO_E_MUSTER_NOT_PROVED" });
    const { body: proved } = await post("asked", { account, signature: sign(data), state });
    const [{ href }] = (proved as unknown as { links: { actions: [{ href: string }] } }).links.actions;
    const path = href.replace(`${ACTION}/`, "");
    expect((await post(path, { account: signer })).status).toBe(409);
    expect(await post(path, { account })).toMatchObject({ status: 200, body: { type: "transaction" } });
    expect((await post(path, { account })).status).toBe(403);
  });
});
