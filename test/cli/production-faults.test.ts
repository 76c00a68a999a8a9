/** `cto doctor --production` sees each of these faults of a configuration. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { checkCluster } from "../../src/cli/doctor/cluster.ts";
import { checkProduction } from "../../src/cli/doctor/production.ts";
import { readConfig } from "../../src/config.ts";

const GOOD = {
  DATABASE_URL: "postgres://cto:sesame@db.example/cto?sslmode=verify-full",
  REDIS_URL: "rediss://:sesame@redis.example",
  SOLANA_RPC_URL: "https://one.example,https://two.example",
  ENCRYPTION_SECRET: "k7Qp2xWv9TzR4mLc8NfJ1bYd6HsGaE3u",
};
const ADDRESSES: Record<string, string[]> = {
  "one.example": ["1.1.1.1"],
  "two.example": ["2.2.2.2", "3.3.3.3"],
  "alias.example": ["3.3.3.3", "2.2.2.2"],
  "half.example": ["3.3.3.3"],
  "here.example": ["10.0.0.4"],
  "debian.example": ["127.0.1.1"],
};
const network = {
  addressesOf: async (host: string) => ADDRESSES[host] ?? ["10.0.0.9"],
  own: () => ["10.0.0.4"],
};
const faultsOf = async (over: Record<string, string>) =>
  (await checkProduction(readConfig({ ...GOOD, ...over }), null, network))
    .filter(({ state }) => state !== "ok")
    .map(({ detail }) => detail);

it("finds nothing in a good one", async () => expect(await faultsOf({})).toEqual([]));

it.each<[string, Record<string, string>, RegExp]>([
  [
    "a Bot API over plain HTTP: the token, and every press of a button, can be read and forged",
    { TELEGRAM_BOT_TOKEN: "1:abc", TELEGRAM_API_ROOT: "http://bot-api.example" },
    /TELEGRAM_API_ROOT/,
  ],
  [
    "a webhook of the bot over plain HTTP",
    { TELEGRAM_BOT_TOKEN: "1:abc", TELEGRAM_WEBHOOK_URL: "http://bot.example/hook" },
    /TELEGRAM_WEBHOOK_URL/,
  ],
  ["mongodb+srv with tls=false", { MONGODB_URI: "mongodb+srv://u:p@c.example/cto?tls=false" }, /MONGODB_URI/],
  [
    "a MongoDB certificate that nobody checks",
    { MONGODB_URI: "mongodb://u:p@c.example/cto?tls=true&tlsInsecure=true" },
    /MONGODB_URI/,
  ],
  [
    "a MongoDB certificate that may be anybody's",
    { MONGODB_URI: "mongodb+srv://u:p@c.example/cto?tlsAllowInvalidCertificates=true" },
    /MONGODB_URI/,
  ],
  [
    "a PostgreSQL certificate that nobody checks",
    { DATABASE_URL: "postgres://u:p@db.example/cto?uselibpqcompat=true&sslmode=require" },
    /DATABASE_URL/,
  ],
  [
    "two of three endpoints of one operator, with whom the quorum is full",
    { SOLANA_RPC_URL: "https://one.example/?api-key=a,https://one.example/?api-key=b,https://two.example" },
    /one\.example|endpoint/,
  ],
  [
    "one node under two names",
    { SOLANA_RPC_URL: "https://two.example,https://alias.example" },
    /^a single endpoint: two\.example and alias\.example lead to the same address/,
  ],
  [
    "one node under two names beside another one",
    { SOLANA_RPC_URL: "https://two.example,https://alias.example:443/x,https://one.example" },
    /^2 endpoints are one node: two\.example and alias\.example .* RESIGN_QUORUM to 3/,
  ],
  [
    "one node under a name that has fewer of its addresses",
    { SOLANA_RPC_URL: "https://two.example,https://half.example,https://one.example" },
    /^2 endpoints are one node: two\.example and half\.example /,
  ],
  [
    "this machine under a name that leads to its loopback",
    { SOLANA_RPC_URL: "https://debian.example,https://one.example" },
    /^on this machine: debian\.example\. /,
  ],
  [
    "this machine under two names",
    { SOLANA_RPC_URL: "http://127.0.0.1:8899,http://localhost:8899" },
    /^on this machine: 127\.0\.0\.1:8899 and localhost:8899\. .*\na single endpoint/,
  ],
  [
    "an endpoint on this machine beside another one",
    { SOLANA_RPC_URL: "https://here.example,https://one.example" },
    /^on this machine: here\.example\. /,
  ],
  ["webhooks into the private network", { CTO_WEBHOOKS_ALLOW_PRIVATE: "1" }, /CTO_WEBHOOKS_ALLOW_PRIVATE/],
])("sees %s", async (_name, over, expected) => {
  expect((await faultsOf(over)).join("\n")).toMatch(expected);
});

it("sees that no certificate is checked at all", async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    expect((await faultsOf({})).join("\n")).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED/);
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

it.each<[string, number, Record<string, string>, string]>([
  ["a web page", 200, { "content-type": "text/html" }, "<!doctype html><title>Jupiter</title>"],
  ["a redirect, which the engine does not follow", 301, { location: "/elsewhere" }, ""],
])("does not take %s for Jupiter's API", async (_name, status, headers, body) => {
  const server = createServer((request, response) => {
    if (request.url === "/elsewhere") response.writeHead(400).end("{}");
    else response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const config = readConfig({
    SOLANA_RPC_URL: "http://127.0.0.1:9",
    ENCRYPTION_SECRET: GOOD.ENCRYPTION_SECRET,
    JUPITER_URL: `http://127.0.0.1:${port}`,
  });
  const jupiter = (await checkCluster(config)).find(({ name }) => name === "jupiter");
  expect(jupiter?.state).not.toBe("ok");
});

it.each([
  ["mainnet-beta", "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d", "ok"],
  ["devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG", "weak"],
  ["a private cluster", "11111111111111111111111111111111", "weak"],
])("finds %s as strict as it is: money is real on one cluster", async (_name, genesis, expected) => {
  const results: Record<string, unknown> = { getHealth: "ok", getGenesisHash: genesis, getSlot: 1 };
  const server = createServer(async (request, response) => {
    const { id, method } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as {
      id: unknown;
      method: string;
    };
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const config = readConfig({
    SOLANA_RPC_URL: `http://127.0.0.1:${port}`,
    ENCRYPTION_SECRET: GOOD.ENCRYPTION_SECRET,
    JUPITER_URL: "http://127.0.0.1:9",
  });
  const stateOf = async (production: boolean) =>
    (await checkCluster(config, production)).find(({ name }) => name === "cluster");
  expect(await stateOf(true)).toMatchObject({ state: expected });
  expect(await stateOf(false)).toMatchObject({ state: "ok" });
});

it("says of what is broken what to do", async () => {
  const config = readConfig({
    SOLANA_RPC_URL: "http://127.0.0.1:9",
    ENCRYPTION_SECRET: GOOD.ENCRYPTION_SECRET,
    JUPITER_URL: "http://127.0.0.1:9",
  });
  const broken = (await checkCluster(config)).filter(({ state }) => state === "broken");
  expect(broken.map(({ name, detail }) => [name, detail])).toEqual([
    ["cluster", expect.stringMatching(/^CTO_E_RPC_UNAVAILABLE: .*; what to do: /)],
    ["jupiter", expect.stringMatching(/^127\.0\.0\.1:9 does not answer: check JUPITER_URL/)],
  ]);
});
