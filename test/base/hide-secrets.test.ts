/** Tests that a text which quotes our key or our URL loses them. */
import { expect, test } from "vitest";
import { hideSecrets, secretsOf } from "../../src/base/hide-secrets.ts";
import { createChainReader } from "../../src/receipts/chain-reader.ts";
import { createClusterClient } from "../../src/runtime/cluster-client.ts";
import { airdrop } from "../../src/services/airdrop.ts";
import { wordsOf } from "../../src/telegram/failures.ts";
import { serve } from "./serve.ts";

test("in each form, the longest first", () => {
  const hide = hideSecrets(["key/1234+", "key/1234+longer", ""]);
  expect(hide("api key/1234+longer key%2F1234%2B key/1234+")).toBe("api … … …");
});

test("of a URL everything but the host", () => {
  const url = "https://someone:pass%40word@rpc.example/v2/path-key?api-key=query-key&named-key";
  const hide = hideSecrets(secretsOf(url));
  expect(hide("v2 rpc.example someone pass@word pass%40word path-key query-key named-key")).toBe(
    "v2 rpc.example … … … … … …",
  );
});

test("Telegram's token, also as a URL has it", () => {
  const token = "123456:very-secret-token";
  const error = new Error(`POST /bot123456%3Avery-secret-token/getMe, ${token}`);
  expect(wordsOf(error, token)).toBe("POST /bot…/getMe, …");
});

test("an endpoint that quotes its URL shows no key in a receipt's check, an airdrop or its health", async () => {
  const { url, close } = await serve((request) => {
    const { id, method } = JSON.parse(request.body);
    const quoted = `the key in ${request.url} is used up`;
    return method === "getHealth"
      ? { jsonrpc: "2.0", id, result: quoted }
      : { jsonrpc: "2.0", id, error: { code: -32_600, message: quoted } };
  });
  const secret = `${url}/path-secret-1?api-key=query-secret-2`;
  const wallet = "So11111111111111111111111111111111111111112" as never;
  const client = createClusterClient(secret);
  const thrown = [
    await createChainReader(secret)
      .history(wallet)
      .catch((error: Error) => error),
    await airdrop(client, wallet, 5n as never).catch((error: Error) => error),
    new Error(await client.health()),
  ];
  close();
  for (const error of thrown) {
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain("is used up");
    expect((error as Error).message).not.toContain("secret");
  }
});
