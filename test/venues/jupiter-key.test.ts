/** Tests that Jupiter's key is in no error: users of the API read why their operations failed. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createJupiterApi } from "../../src/venues/jupiter-api.ts";

type Query = Parameters<ReturnType<typeof createJupiterApi>["build"]>[0];
const SOL = "So11111111111111111111111111111111111111112" as Query["mint"];

test.each([400, 401, 404])("HTTP %i that quotes the key", async (status) => {
  const apiKey = "jup-secret-key-1234567890";
  const server = createServer((request, response) =>
    response
      .writeHead(status)
      .end(JSON.stringify({ error: `the key ${String(request.headers["x-api-key"])} is not valid` })),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = createJupiterApi({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
  });
  const query = { mint: SOL, lamports: 1n, taker: SOL, payer: SOL, slippageBps: 1, maxAccounts: 64 };
  const error: Error = await api.build(query).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  server.close();
  expect(error.message).toContain("the key … is not valid");
  expect(JSON.stringify(error)).not.toContain(apiKey);
});
