/** Tests what `cto doctor --production` believes of an operator's declarations, and that docker-compose.yml can pass it. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import type { Network } from "../../src/cli/doctor/network.ts";
import { checkProduction } from "../../src/cli/doctor/production.ts";
import { readConfig } from "../../src/config.ts";
import type { CTOContext } from "../../src/runtime/context.ts";

const ADDRESSES: Record<string, string[]> = {
  postgres: ["172.18.0.2"],
  redis: ["172.18.0.3", "fd00::3"],
  "db.example": ["10.0.0.5", "8.8.8.8"],
};
const network = (own = ["127.0.0.1", "172.18.0.4"]): Network => ({
  addressesOf: async (host) => ADDRESSES[host] ?? Promise.reject(new Error("ENOTFOUND")),
  own: () => own,
});

/** The environment of a container, with what the operator's `.env` must name. */
function containerOf(service: "server" | "worker"): Record<string, string> {
  const { services } = parse(readFileSync("docker-compose.yml", "utf8"), { merge: true });
  const given = Object.entries<unknown>(services[service].environment).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\w+:-\}/, name === "DATABASE_URL" ? "sesame" : ""),
  ]);
  return {
    ...Object.fromEntries(given),
    SOLANA_RPC_URL: "https://one.example,https://two.example",
    ENCRYPTION_SECRET: "k7Qp2xWv9TzR4mLc8NfJ1bYd6HsGaE3u",
  };
}

const faultsOf = async (env: Record<string, string>, of = network()): Promise<string[]> =>
  (await checkProduction(readConfig(env), null, of))
    .filter(({ state }) => state !== "ok")
    .map(({ name, state, detail }) => `${state} ${name}: ${detail}`);

it.each(["server", "worker"] as const)("finds nothing in the %s of docker-compose.yml", async (service) => {
  const env = containerOf(service);
  expect(await faultsOf(env)).toEqual([]);
  const checks = await checkProduction(readConfig(env), null, network());
  expect(checks.map(({ detail }) => detail).join("\n")).toContain("DATABASE_URL is reached without TLS");
  expect(checks.at(-1)?.name).toBe("production");
});

it.each<[string, Record<string, string>, string[]]>([
  [
    "no declaration",
    { CTO_PRIVATE_HOSTS: "" },
    ["weak databases: DATABASE_URL", "weak databases: REDIS_URL"],
  ],
  ["a database beside the declared ones", { REDIS_URL: "redis://cache" }, ["weak databases: REDIS_URL"]],
  [
    "a database that the URL's host hides",
    { DATABASE_URL: "postgres://localhost/cto?host=db.example" },
    ["weak databases: DATABASE_URL"],
  ],
  [
    "a declared host with a public address",
    { DATABASE_URL: "postgres://cto:sesame@db.example/cto", CTO_PRIVATE_HOSTS: "db.example,redis" },
    ["its address is public"],
  ],
  [
    "a declared host that has no address",
    { REDIS_URL: "redis://gone", CTO_PRIVATE_HOSTS: "postgres,gone" },
    ["no address"],
  ],
  [
    "one of MongoDB's hosts",
    { MONGODB_URI: "mongodb://postgres,b.example/cto" },
    ["weak databases: MONGODB_URI"],
  ],
  [
    "a sentinel",
    { REDIS_SENTINELS: "sentinel:26379" },
    ["weak databases: REDIS_URL", "weak databases: REDIS_SENTINELS"],
  ],
  [
    "a plain way to the sentinels beside an encrypted one to Redis",
    { REDIS_URL: "rediss://mymaster", REDIS_SENTINELS: "sentinel:26379" },
    ["weak databases: REDIS_SENTINELS"],
  ],
  ["another machine's address", { CTO_PUBLIC_URL: "https://cto.example" }, ["broken binding"]],
  ["a server that others reach", { CTO_HTTP_PRIVATE: "0" }, ["broken binding"]],
  [
    "proxies of the whole world",
    { CTO_PUBLIC_URL: "https://cto.example", CTO_HTTP_TRUSTED_PROXIES: "10.0.0.1, ::/0" },
    ["weak binding: CTO_HTTP_TRUSTED_PROXIES"],
  ],
  ["a quorum of one", { RESIGN_QUORUM: "1" }, ["weak endpoints: RESIGN_QUORUM is 1"]],
  [
    "one endpoint",
    { SOLANA_RPC_URL: "https://one.example" },
    ["SOLANA_RPC_URL=https://one.example,https://two.example"],
  ],
])("is not satisfied by %s", async (_name, over, expected) => {
  const found = await faultsOf({ ...containerOf("server"), ...over });
  expect(found).toHaveLength(expected.length);
  for (const [index, fault] of expected.entries()) expect(found[index]).toContain(fault);
  expect(found.join()).not.toContain("sesame");
});

it("accepts a socket of this machine", async () => {
  for (const url of ["postgres://%2Frun%2Fpostgresql/cto", "postgres://db.example/cto?host=/run/postgresql"])
    expect(
      await faultsOf({ ...containerOf("server"), DATABASE_URL: url, CTO_PRIVATE_HOSTS: "redis" }),
    ).toEqual([]);
});

it("does not believe that a machine with a public address is reached only by itself", async () => {
  expect(await faultsOf(containerOf("server"), network(["8.8.8.8"]))).toEqual([
    expect.stringContaining("CTO_HTTP_PRIVATE is not believed"),
  ]);
});

it("finds a PostgreSQL that hides its timeline, where a promoted standby would not be noticed", async () => {
  const faultsWhere = async (tells: boolean) => {
    const journal = { readCached: async () => new Date().toISOString(), tellsCopies: async () => tells };
    const context = { journal } as unknown as CTOContext;
    return (await checkProduction(readConfig(containerOf("server")), context, network())).filter(
      ({ state }) => state === "weak",
    );
  };
  expect(await faultsWhere(true)).toEqual([]);
  expect(await faultsWhere(false)).toMatchObject([
    { name: "journal", detail: expect.stringMatching(/stop them before each failover.*grant execute/) },
  ]);
});
