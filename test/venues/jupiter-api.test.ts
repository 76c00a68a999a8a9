/**
 * Tests the Jupiter client against a faulty API over real HTTP, with the statuses and bodies that Jupiter documents.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { address } from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import { createJupiterApi, type JupiterApiOptions } from "../../src/venues/jupiter-api.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { gzipBomb } from "../support/gzip-bomb.ts";

const MINT = address("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
const TAKER = address("GkwFnmMDvn3HGMpJpWBg8tgJxr3NxNvg3AXxvXVPbRGJ");
const QUERY = { mint: MINT, lamports: 1_000n, taker: TAKER, payer: TAKER, slippageBps: 50, maxAccounts: 64 };

const GOOD = {
  inputMint: WRAPPED_SOL_MINT,
  outputMint: MINT,
  inAmount: "1000",
  outAmount: "18446744073709551615",
  otherAmountThreshold: "495",
  swapMode: "ExactIn",
  slippageBps: 50,
  priceImpactPct: "0.00011",
  routePlan: [],
  computeBudgetInstructions: [],
  setupInstructions: [],
  swapInstruction: {
    programId: MINT,
    accounts: [{ pubkey: TAKER, isSigner: true, isWritable: false }],
    data: "AQI=",
  },
  cleanupInstruction: null,
  otherInstructions: [],
  tipInstruction: null,
  addressesByLookupTableAddress: null,
  blockhashWithMetadata: { blockhash: [], lastValidBlockHeight: 1 },
};

type Answer = { status: number; body: string | Buffer; headers?: Record<string, string> };
const good = (changes: Record<string, unknown> = {}): Answer => ({
  status: 200,
  body: JSON.stringify({ ...GOOD, ...changes }),
});

describe("the Jupiter client", () => {
  let server: Server | undefined;
  const seen: IncomingMessage[] = [];

  afterEach(async () => {
    seen.length = 0;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  });

  /** Answers in turn; the last answer repeats. Null leaves the request hanging. */
  const against = async (
    answers: readonly (Answer | null)[],
    options: Partial<JupiterApiOptions> = {},
    path = "",
  ) => {
    const listening = createServer((request, response) => {
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push(request);
      if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as AddressInfo;
    return createJupiterApi({ url: `http://127.0.0.1:${port}${path}`, timeoutMs: 600_000, ...options });
  };

  it("asks for the buy, with its key, and parses the answer", async () => {
    const api = await against([good()], { apiKey: "k-1", userAgent: "cto-queue" });
    const answer = await api.build(QUERY);
    expect(answer).toMatchObject({
      outAmount: 2n ** 64n - 1n,
      otherAmountThreshold: 495n,
      priceImpactPct: 2,
    });
    expect(answer.swapInstruction.data).toEqual(new Uint8Array([1, 2]));
    const [request] = seen;
    expect(request?.headers).toMatchObject({ "x-api-key": "k-1", "user-agent": "cto-queue" });
    const { searchParams, pathname } = new URL(request?.url ?? "", "http://desk");
    expect(pathname).toBe("/swap/v2/build");
    expect(Object.fromEntries(searchParams)).toEqual({
      inputMint: WRAPPED_SOL_MINT,
      outputMint: MINT,
      amount: "1000",
      taker: TAKER,
      payer: TAKER,
      slippageBps: "50",
      maxAccounts: "64",
      wrapAndUnwrapSol: "true",
    });
  });

  it("tries again after a server error and a body that is not JSON", async () => {
    const api = await against([
      { status: 502, body: "<html>Bad gateway</html>" },
      { status: 500, body: "{}" },
      good(),
    ]);
    expect((await api.build(QUERY)).otherAmountThreshold).toBe(495n);
    expect(seen).toHaveLength(3);
  });

  it("waits out a 429 until its reset", async () => {
    const reset = `${Math.ceil(Date.now() / 1_000) + 1}`;
    const headers = { "x-ratelimit-remaining": "-2", "x-ratelimit-reset": reset };
    const api = await against([{ status: 429, body: "Too many requests", headers }, good()]);
    await api.build(QUERY);
    expect(Date.now()).toBeGreaterThanOrEqual(Number(reset) * 1_000);
    expect(seen).toHaveLength(2);
  });

  it("pauses before the limit is hit when a good answer says that nothing remains", async () => {
    const reset = `${Math.ceil(Date.now() / 1_000) + 1}`;
    const last = { ...good(), headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } };
    const api = await against([last, good()]);
    await api.build(QUERY);
    await api.build(QUERY);
    expect(Date.now()).toBeGreaterThanOrEqual(Number(reset) * 1_000);
  });

  it("gives up after a bounded number of tries", async () => {
    const headers = { "x-api-gateway-request-id": "req-7" };
    const api = await against([{ status: 500, body: '{"error":"Something unexpected occurred"}', headers }]);
    await expect(api.build(QUERY)).rejects.toMatchObject({
      code: "CTO_E_VENUE_UNAVAILABLE",
      message: expect.stringContaining("HTTP 500: Something unexpected occurred (request req-7)"),
    });
    expect(seen).toHaveLength(5);
  });

  it("gives up on an API that does not answer", async () => {
    const api = await against([null], { timeoutMs: 50 });
    await expect(api.build(QUERY)).rejects.toMatchObject({
      code: "CTO_E_VENUE_UNAVAILABLE",
      message: expect.stringContaining("time-out"),
    });
  });

  it.each([401, 403])("says that the key is refused on %i, whatever the body says", async (status) => {
    const api = await against([{ status, body: '{"error":"No routes found"}' }], { apiKey: "secret-key" });
    const error: unknown = await api.build(QUERY).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CTO_E_VENUE_UNAVAILABLE" });
    expect(String(error)).not.toContain("secret-key");
    expect(seen).toHaveLength(1);
  });

  it("passes the API's reason on when there is no route", async () => {
    const api = await against([{ status: 400, body: '{"error":"No routes found"}' }]);
    await expect(api.build(QUERY)).rejects.toMatchObject({
      code: "CTO_E_NO_ROUTE",
      context: { mint: MINT, venue: "jupiter", reason: "No routes found" },
    });
    expect(seen).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ["no JSON", { status: 200, body: "<html>" }],
    ["a missing instruction", good({ swapInstruction: undefined })],
    ["a fractional amount", good({ outAmount: "12.5" })],
    ["an amount beyond u64", good({ outAmount: "18446744073709551616" })],
    ["an account that is no address", good({ addressesByLookupTableAddress: { nowhere: [] } })],
    ["an impact that is no number", good({ priceImpactPct: "" })],
    ["data that is not base64", good({ setupInstructions: [{ ...GOOD.swapInstruction, data: "%" }] })],
  ])("refuses an answer with %s", async (_what, answer) => {
    const api = await against([answer]);
    await expect(api.build(QUERY)).rejects.toMatchObject({ code: "CTO_E_VENUE_INVALID_ANSWER" });
    expect(seen).toHaveLength(1);
  });

  it("keeps the path of its URL", async () => {
    const api = await against([good()], {}, "/proxy/jup/?tenant=a");
    await api.build(QUERY);
    const { searchParams, pathname } = new URL(seen[0]?.url ?? "", "http://desk");
    expect(pathname).toBe("/proxy/jup/swap/v2/build");
    expect([searchParams.get("tenant"), searchParams.get("amount")]).toEqual(["a", "1000"]);
  });

  it("reads no further than its bound of an answer that unpacks to 300 MB", async () => {
    const packed = await gzipBomb();
    expect(packed.length).toBeLessThan(400_000);
    const api = await against([{ status: 200, body: packed, headers: { "content-encoding": "gzip" } }]);
    const before = process.memoryUsage().rss;
    await expect(api.build(QUERY)).rejects.toMatchObject({
      code: "CTO_E_VENUE_INVALID_ANSWER",
      message: expect.stringContaining("larger than 2 MiB"),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    expect(seen).toHaveLength(1);
  });

  it("gives up on an answer that comes byte by byte", async () => {
    const dribbling = createServer((request, response) => {
      seen.push(request);
      response.writeHead(200);
      const timer = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(timer));
    });
    server = dribbling;
    await new Promise<void>((resolve) => dribbling.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(dribbling.address() as AddressInfo).port}`;
    const api = createJupiterApi({ url, timeoutMs: 50 });
    await expect(api.build(QUERY)).rejects.toMatchObject({ code: "CTO_E_VENUE_UNAVAILABLE" });
    expect(seen).toHaveLength(5);
  });

  it("does not follow a redirect with its key", async () => {
    const api = await against([{ status: 302, body: "", headers: { location: "/elsewhere" } }], {
      apiKey: "k",
    });
    await expect(api.build(QUERY)).rejects.toMatchObject({ code: "CTO_E_VENUE_UNAVAILABLE" });
    expect(seen).toHaveLength(1);
  });
});
