/** Tests the endpoint pool under faults: it retries, waits, fails over, and never exposes a key. */
import { describe, expect, test } from "vitest";
import { u64 } from "../../src/chain/answers.ts";
import { Rpc, type RpcOptions } from "../../src/chain/rpc.ts";
import { isCTOError } from "../../src/errors/index.ts";
import { gzipBomb } from "../support/gzip-bomb.ts";
import { failureOf, type Handler, startFaultServer } from "./fault-server.ts";

const getSlot = { method: "getSlot", params: [], schema: u64 };
const quick: Omit<RpcOptions, "urls"> = { retryBaseMs: 5 };

async function askOne(handler: Handler, options: Partial<RpcOptions> = {}) {
  await using server = await startFaultServer(handler);
  const rpc = new Rpc({ urls: [server.url], ...quick, ...options });
  try {
    return { answer: await rpc.call(getSlot).catch((error: unknown) => error), stats: rpc.stats() };
  } finally {
    rpc.close();
  }
}

describe("a call", () => {
  test.each<[string, Handler]>([
    ["HTTP 500", (_, before) => (before === 0 ? { status: 500 } : { result: 7 })],
    ["HTTP 429", (_, before) => (before === 0 ? { status: 429 } : { result: 7 })],
    [
      "HTTP 429 with Retry-After",
      (_, n) => (n === 0 ? { status: 429, headers: { "retry-after": "1" } } : { result: 7 }),
    ],
    ["a cut answer", (_, before) => (before === 0 ? { raw: '{"jsonrpc":"2.0","res' } : { result: 7 })],
    ["a wrong shape", (_, before) => (before === 0 ? { result: "seven" } : { result: 7 })],
    ["another request's answer", (_, n) => (n === 0 ? { id: 999, result: 8 } : { result: 7 })],
    [
      "another request's refusal",
      (_, n) => (n === 0 ? { id: 999, error: { code: -32601, message: "no" } } : { result: 7 }),
    ],
    [
      "another request's refusal with an HTTP status",
      (_, n) => (n === 0 ? { status: 500, id: 999, error: { code: -32601, message: "no" } } : { result: 7 }),
    ],
    [
      "an unhealthy node",
      (_, n) => (n === 0 ? { error: { code: -32005, message: "behind" } } : { result: 7 }),
    ],
  ])("is tried again after %s", async (_name, handler) => {
    const { answer, stats } = await askOne(handler);
    expect(answer).toBe(7n);
    expect(stats.calls).toEqual({ getSlot: 2 });
    expect(stats.endpoints[0]).toMatchObject({ failures: 1 });
  });

  test("reads no further than its bound of an answer that unpacks to 300 MB", async () => {
    const gzip = await gzipBomb();
    expect(gzip.length).toBeLessThan(400_000);
    const before = process.memoryUsage().rss;
    const { answer } = await askOne(() => ({ gzip }), { tries: 2 });
    expect(isCTOError(answer, "CTO_E_RPC_INVALID_ANSWER")).toBe(true);
    expect(String(answer)).toContain("larger than 8 MiB");
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  test("is tried again after a time-out", async () => {
    const { answer } = await askOne((_, n) => (n === 0 ? { hang: true } : { result: 7 }), {
      callTimeoutMs: 300,
    });
    expect(answer).toBe(7n);
  });

  test.each<[string, Handler, string, number]>([
    ["persistent 503", () => ({ status: 503 }), "CTO_E_RPC_UNAVAILABLE", 4],
    ["persistent nonsense", () => ({ raw: "<html>" }), "CTO_E_RPC_INVALID_ANSWER", 4],
    ["a wrong shape", () => ({ result: { slot: 1 } }), "CTO_E_RPC_INVALID_ANSWER", 4],
    ["a negative slot", () => ({ result: -1 }), "CTO_E_RPC_INVALID_ANSWER", 4],
    ["neither result nor error", () => ({ raw: "{}" }), "CTO_E_RPC_INVALID_ANSWER", 4],
    ["another request's answer", () => ({ id: 999, result: 8 }), "CTO_E_RPC_INVALID_ANSWER", 4],
    [
      "a result without an id",
      () => ({ raw: '{"jsonrpc":"2.0","result":8}' }),
      "CTO_E_RPC_INVALID_ANSWER",
      4,
    ],
    ["a list of answers", () => ({ raw: '[{"id":1,"result":8}]' }), "CTO_E_RPC_INVALID_ANSWER", 4],
    [
      "a refusal without an id",
      () => ({ id: null, error: { code: -32601, message: "no" } }),
      "CTO_E_RPC_UNAVAILABLE",
      1,
    ],
    ["a refused key", () => ({ status: 401 }), "CTO_E_RPC_UNAVAILABLE", 1],
    ["an unknown method", () => ({ error: { code: -32601, message: "no" } }), "CTO_E_RPC_UNAVAILABLE", 1],
    [
      "a Retry-After of an hour",
      () => ({ status: 429, headers: { "retry-after": "3600" } }),
      "CTO_E_RPC_UNAVAILABLE",
      1,
    ],
  ])("fails after %s", async (_name, handler, code, tries) => {
    const { answer, stats } = await askOne(handler);
    expect(answer).toMatchObject({ code });
    expect(stats.calls).toEqual({ getSlot: tries });
  });

  test("accepts its id as text", async () => {
    const { answer } = await askOne(({ id }) => ({ id: String(id), result: 7 }));
    expect(answer).toBe(7n);
  });

  test("keeps every digit of a u64", async () => {
    const { answer } = await askOne(() => ({
      raw: '{"jsonrpc":"2.0","id":1,"result":18446744073709551615}',
    }));
    expect(answer).toBe(18446744073709551615n);
  });

  test("ends when the pool is closed", async () => {
    await using server = await startFaultServer(() => ({ hang: true }));
    const rpc = new Rpc({ urls: [server.url], requestsPerSecond: 1 });
    const calls = [rpc.call(getSlot), rpc.call(getSlot), rpc.call(getSlot)].map(failureOf);
    rpc.close();
    for (const error of await Promise.all(calls))
      expect(isCTOError(error, "CTO_E_RPC_UNAVAILABLE")).toBe(true);
  });
});

describe("several endpoints", () => {
  test("the next one answers when the first is down, limited, or refuses the key", async () => {
    for (const first of [
      { status: 503 },
      { status: 429, headers: { "retry-after": "3600" } },
      { status: 401 },
    ]) {
      await using broken = await startFaultServer(() => first);
      await using healthy = await startFaultServer(() => ({ result: 7 }));
      const rpc = new Rpc({ urls: [broken.url, healthy.url], ...quick, retryBaseMs: 2000, tries: 2 });
      const [answer] = await Promise.all([rpc.call(getSlot)]);
      expect(answer).toBe(7n);
      expect(broken.requests).toHaveLength(1);
      // A resting endpoint gets no request.
      expect(await rpc.call(getSlot)).toBe(7n);
      expect(broken.requests).toHaveLength(1);
      rpc.close();
    }
  });

  test("work on one endpoint never mixes answers of two", async () => {
    await using flaky = await startFaultServer(({ method }) =>
      method === "getSlot" ? { result: 1 } : { status: 500 },
    );
    await using steady = await startFaultServer(({ method }) => ({ result: method === "getSlot" ? 2 : 3 }));
    const rpc = new Rpc({ urls: [flaky.url, steady.url], ...quick });
    const pair = await rpc.onOneEndpoint(async (call) => [
      await call(getSlot),
      await call({ ...getSlot, method: "getBlockHeight" }),
    ]);
    expect(pair).toEqual([2n, 3n]);
    rpc.close();
  });
});

describe("an endpoint's key", () => {
  const key = "s3cr3t-key-0123456789";

  test("is in no error, however the endpoint fails", async () => {
    const replies: Handler[] = [
      () => ({ status: 500 }),
      () => ({ raw: `<html>${key}` }),
      () => ({ result: key }),
      () => ({ error: { code: -32000, message: `bad key ${key} at /${key}` } }),
      () => ({ hang: true }),
    ];
    for (const reply of replies) {
      await using server = await startFaultServer(reply);
      const rpc = new Rpc({ urls: [`${server.url}/${key}?api-key=${key}`], tries: 1, callTimeoutMs: 300 });
      const error = await failureOf(rpc.call(getSlot));
      expect(isCTOError(error)).toBe(true);
      const { message, stack, cause, context } = error as Error & { context: unknown };
      expect(JSON.stringify([message, stack, cause, context, rpc.stats()])).not.toContain(key);
      rpc.close();
    }
    const down = new Rpc({ urls: [`http://127.0.0.1:1/${key}`], tries: 1 });
    const error = await failureOf(down.call(getSlot));
    expect(String(error)).toContain("127.0.0.1:1");
    expect(String(error)).not.toContain(key);
    expect(() => new Rpc({ urls: [`ftp://${key}`] })).toThrow(/not an http/);
  });

  test("is in no error wherever it stands in the URL, and however the node writes it", async () => {
    const odd = "k+y/with %and\u00e9";
    const written = [odd, encodeURIComponent(odd), key];
    for (const place of [`/x?${key}`, `/${encodeURIComponent(odd)}/`, `/?token=${encodeURIComponent(odd)}`]) {
      await using server = await startFaultServer(() => ({
        error: { code: -32000, message: `no ${written.join(" or ")}` },
      }));
      const rpc = new Rpc({ urls: [`${server.url}${place}`], tries: 1 });
      const message = String(await failureOf(rpc.call(getSlot)));
      const secrets = place.includes(key) ? [key] : [odd, encodeURIComponent(odd)];
      for (const secret of secrets) expect(message).not.toContain(secret);
      rpc.close();
    }
  });

  test.each([
    ["without a user name", ":only-a-p4ssword", ":only-a-p4ssword"],
    ["with a percent sign that begins no escape", "us%er:pa%zzword", "us%er:pa%zzword"],
  ])("given as credentials %s goes into a header, too", async (_what, given, expected) => {
    await using server = await startFaultServer(() => ({ result: 7 }));
    const rpc = new Rpc({ urls: [server.url.replace("http://", `http://${given}@`)], ...quick });
    expect(await rpc.call(getSlot)).toBe(7n);
    const sent = `Basic ${Buffer.from(expected).toString("base64")}`;
    expect(server.requests[0]?.headers.authorization).toBe(sent);
    rpc.close();
  });

  test("given as credentials goes into a header", async () => {
    await using server = await startFaultServer(() => ({ result: 7 }));
    const rpc = new Rpc({ urls: [server.url.replace("http://", `http://user:${key}@`)], ...quick });
    expect(await rpc.call(getSlot)).toBe(7n);
    const expected = `Basic ${Buffer.from(`user:${key}`).toString("base64")}`;
    expect(server.requests[0]?.headers.authorization).toBe(expected);
    rpc.close();
  });
});
