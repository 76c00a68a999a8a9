/** Tests the localnet's HTTP endpoint: batches, bad bodies, ports, latency and faults. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Localnet, startLocalnet } from "../../src/localnet/index.ts";
import { fundedSigner, memo, signed } from "./support.ts";

let localnet: Localnet;
beforeAll(async () => {
  localnet = await startLocalnet({ slotMs: 0 });
});
afterEach(() => {
  localnet.faults.intercept = undefined;
});
afterAll(() => localnet.close());

const post = (body: unknown): Promise<Response> =>
  fetch(localnet.rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const request = (method: string, params: unknown[] = [], id: unknown = 1) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

describe("the HTTP endpoint", () => {
  it("answers a batch in its order, errors beside results", async () => {
    const answers = await (
      await post([request("getHealth", [], "a"), request("nothing", [], "b"), {}])
    ).json();
    expect(answers).toEqual([
      { jsonrpc: "2.0", id: "a", result: "ok" },
      { jsonrpc: "2.0", id: "b", error: { code: -32601, message: "Method not found" } },
      { jsonrpc: "2.0", id: null, error: { code: -32600, message: "Invalid request" } },
    ]);
  });

  it("answers a body that is not JSON with a parse error", async () => {
    expect(await (await post("{")).json()).toMatchObject({ error: { code: -32700 } });
  });

  it("answers its health", async () => {
    expect(await (await fetch(`${localnet.rpcUrl}/health`)).text()).toBe("ok");
  });

  it("says so when its port is taken", async () => {
    const port = Number(new URL(localnet.rpcUrl).port);
    await expect(startLocalnet({ port, slotMs: 0 })).rejects.toMatchObject({ code: "CTO_E_LOCALNET_FAILED" });
  });
});

describe("faults", () => {
  it("answers an HTTP status for the methods that the test chooses", async () => {
    localnet.faults.intercept = (method) => (method === "getHealth" ? { httpStatus: 429 } : undefined);
    expect((await post(request("getHealth"))).status).toBe(429);
    expect((await post(request("getVersion"))).status).toBe(200);
  });

  it("drops a request without executing it", async () => {
    const wire = await transaction();
    localnet.faults.intercept = () => ({ drop: true });
    await expect(post(sendRequest(wire))).rejects.toThrow();
    expect(localnet.cluster.tick().signatures).toHaveLength(0);
  });

  it("executes a request and loses the answer", async () => {
    const wire = await transaction();
    localnet.faults.intercept = () => ({ answerLost: true });
    await expect(post(sendRequest(wire))).rejects.toThrow();
    expect(localnet.cluster.tick().signatures).toHaveLength(1);
  });

  it("delays an answer", async () => {
    localnet.faults.intercept = () => ({ delayMs: 5 });
    expect(await (await post(request("getHealth"))).json()).toMatchObject({ result: "ok" });
  });
});

const transaction = async (): Promise<string> => {
  const payer = await fundedSigner(localnet.cluster);
  return signed(payer, localnet.cluster.head("processed").blockhash, [memo("fault")]);
};

const sendRequest = (wire: string) =>
  request("sendTransaction", [wire, { encoding: "base64", skipPreflight: true }]);
