/** Tests the public receipt as JSON and as a page: its content, what it hides, and its safety against hostile texts. */
import { createHash } from "node:crypto";
import { lamports } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChainReader, type Receipt, type ReceiptLeg, verifyReceipt } from "../../src/receipts/index.ts";
import { receiptPage } from "../../src/server/receipts/page.ts";
import { enqueue } from "../../src/services/operations.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

/** Decodes numeric entities, as a browser does. */
const read = (html: string): string =>
  html.replace(/&#(\d+);/g, (_entity, number: string) => String.fromCodePoint(Number(number)));

const DEVNET = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";
const SOL = 1_000_000_000n;

/** Data that only the user and the operator may see. Each text occurs nowhere else. */
const PRIVATE = {
  userId: "user-Wilhelmina",
  userChatId: 8_675_309_042,
  socketUserId: "room-Wilhelmina",
  idempotencyKey: "order-Wilhelmina-1",
  label: "Grandmother's wallet",
  name: "Wilhelmina of Orange",
};

let api: TestApi;
let worker: CTOWorker;
let id: string;
let walletIds: string[];

beforeAll(async () => {
  api = await openTestApi();
  const { context, localnet, mint } = api.stage;
  worker = await createCTOWorker({ context });
  await context.journal.addUser({ id: PRIVATE.userId, name: PRIVATE.name });
  const options = { label: PRIVATE.label };
  const funding = await generateWallets(context, PRIVATE.userId, 1, { role: "funding", ...options });
  const buyers = await generateWallets(context, PRIVATE.userId, 3, { role: "buyer", ...options });
  for (const { address } of funding) localnet.cluster.airdrop(address, lamports(10n * SOL));
  walletIds = [...funding, ...buyers].map((wallet) => wallet.id);
  const { userId, userChatId, socketUserId, idempotencyKey } = PRIVATE;
  const job = { userId, userChatId, socketUserId, tokenAddress: mint, buyAmount: 0.3 };
  const asked = { ...job, mode: "standard", platform: "auto" };
  id = (await enqueue(context, asked, 0, { idempotencyKey })).jobId;
  await api.stage.ended(id);
});
afterAll(async () => {
  await worker.close();
  await api.close();
});

describe("the public receipt", () => {
  it("is the same as JSON and as a page, without a key", async () => {
    const json = await api.request("GET", `/r/${id}.json`);
    expect(json.status).toBe(200);
    const receipt: Receipt = json.body;
    expect(receipt).toMatchObject({ operationId: id, status: "completed", totals: { legs: 3, landed: 3 } });
    const page = await api.request("GET", `/r/${id}`);
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toContain("text/html");
    for (const { address, signature, memo, price } of receipt.legs) {
      for (const text of [address, signature, memo, price]) expect(page.text).toContain(text);
    }
    expect(page.text).toContain("3 wallets bought");
    expect(read(page.text)).toContain(receipt.split);
  });

  it("holds against the chain alone, as it was served", async () => {
    const { body } = await api.request("GET", `/r/${id}.json`);
    const verification = await verifyReceipt(body, createChainReader(api.stage.localnet.rpcUrl));
    expect(verification).toMatchObject({ ok: true, memosVerified: 3 });
  });

  it("names no user, chat, room, key, label, name or wallet id, whatever happened", async () => {
    const failing = {
      userId: PRIVATE.userId,
      userChatId: PRIVATE.userChatId,
      socketUserId: PRIVATE.socketUserId,
    };
    const job = {
      ...failing,
      tokenAddress: api.stage.userId,
      buyAmount: 1,
      mode: "standard",
      platform: "auto",
    };
    const mint = api.stage.funding.address; // A wallet's address is not a mint, so the operation fails.
    const failed = await enqueue(api.stage.context, { ...job, tokenAddress: mint }, 0, {});
    await api.stage.ended(failed.jobId);
    const privates = [...Object.values(PRIVATE).map(String), ...walletIds];
    for (const operation of [id, failed.jobId]) {
      for (const url of [`/r/${operation}`, `/r/${operation}.json`]) {
        const { status, text } = await api.request("GET", url);
        expect(status).toBe(200);
        for (const secret of privates) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
      }
    }
  });

  it("loads and runs nothing: its one sheet is allowed by its hash", async () => {
    const { headers, text } = await api.request("GET", `/r/${id}`);
    const policy = String(headers["content-security-policy"]);
    const sheet = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${createHash("sha256").update(sheet).digest("base64")}'`);
    expect(policy).not.toContain("unsafe");
    expect(text).not.toMatch(/<script|javascript:|\son\w+=|\sstyle=/i);
  });

  it("gives link previews a title and a sentence", async () => {
    const { text } = await api.request("GET", `/r/${id}`);
    expect(text).toMatch(/<meta property="og:title" content="3 wallets bought \S+ together · CTO receipt">/);
    expect(text).toMatch(
      /<meta property="og:description" content="Completed[^"]*3 of 3 wallets landed[^"]*">/,
    );
  });

  it("says on a private cluster that no explorer shows it, and links none", async () => {
    const { text } = await api.request("GET", `/r/${id}`);
    expect(text).toContain("which no public explorer shows");
    expect(text).not.toContain("https://explorer.solana.com");
  });

  it("links explorers of the cluster that it is on, and tells confirmed and final apart", async () => {
    const { body: receipt } = await api.request("GET", `/r/${id}.json`);
    const [first, ...rest] = receipt.legs;
    const mixed = {
      ...receipt,
      genesisHash: DEVNET,
      settled: false,
      legs: [
        { ...first, status: "finalized" },
        ...rest.map((leg: object) => ({ ...leg, status: "confirmed" })),
      ],
    };
    const page = read(receiptPage(mixed, "https://cto.example"));
    expect(page).toContain(`https://explorer.solana.com/tx/${first.signature}?cluster=devnet`);
    expect(page).toContain(`<meta property="og:url" content="https://cto.example/r/${id}">`);
    expect(page).toContain("1 final");
    expect(page).toContain("2 confirmed");
    expect(page).toContain("not yet final for every wallet");
  });

  it("says of a cluster that it cannot name that it is not known", async () => {
    const { body } = await api.request("GET", `/r/${id}.json`);
    expect(body.genesisHash).toMatch(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/);
    const { genesisHash: _unknown, ...receipt } = body;
    const page = receiptPage(receipt, null);
    expect(page).toContain("not known: no endpoint answers");
    expect(page).not.toContain("private cluster");
  });

  it("says what the chain proves, and what is the operator's word", async () => {
    const { text } = await api.request("GET", `/r/${id}`);
    expect(text).not.toContain("needs to be believed");
    const section = read(text).split('id="verify"')[1] ?? "";
    expect(section).toContain("The chain proves what has landed");
    expect(section).toMatch(/operator's word.*venue.*price.*why something failed.*times.*rents/);
  });

  it("of a failed operation says that this operation bought nothing, and names the one that retries it", async () => {
    const { body } = await api.request("GET", `/r/${id}.json`);
    const legs = body.legs.map(({ leg, address, lamports, memo }: ReceiptLeg) => {
      return { leg, address, lamports, memo, status: "failed" };
    });
    const totals = { legs: 3, landed: 0, lamports: "0", tokens: "0" };
    const receipt = { ...body, status: "failed", legs, totals };
    const page = read(receiptPage({ ...receipt, retriedBy: "op_again" }, null));
    expect(page).toContain("Nothing was bought by this operation, and provably nothing will be.");
    expect(page).not.toContain("will not be tried again");
    expect(page).toContain('<a href="/r/op_again"');
    expect(page).toContain("asked 0.1");
    const retry = read(receiptPage({ ...receipt, retryOf: "op_first" }, null));
    expect(retry).toMatch(/retries <a href="\/r\/op_first"/);
  });

  it("writes what strangers may have chosen as text, never as HTML", async () => {
    const { body: receipt } = await api.request("GET", `/r/${id}.json`);
    const failure = { code: "CTO_E_NO_ROUTE", message: "<script>alert(1)</script>" };
    const page = receiptPage({ ...receipt, failure }, null);
    expect(page).toContain("&#60;script&#62;alert(1)");
    expect(page).not.toContain("<script");
  });

  it("answers 404, as a page or a problem, where there is no such operation", async () => {
    const page = await api.request("GET", "/r/op_nobody");
    expect(page.status).toBe(404);
    expect(page.text).toContain("There is no such receipt");
    const json = await api.request("GET", "/r/op_nobody.json");
    expect(json.status).toBe(404);
    expect(json.body).toMatchObject({ code: "CTO_E_OPERATION_UNKNOWN" });
  });
});
