/** Tests the output of `cto doctor` for healthy, weak and broken systems. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { lamports } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secretsOf } from "../../src/runtime/secrets.ts";
import { type RunningServer, startServer } from "../../src/server/listen.ts";
import { createApiKey } from "../../src/services/api-keys.ts";
import { halt, resume, setLimits } from "../../src/services/limits.ts";
import { freePort } from "../support/free-port.ts";
import { startLyingEndpoint } from "../support/lying-endpoint.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { type Env, runCli, temporaryHome } from "./run-cli.ts";

type Found = { readonly name: string; readonly state: string; readonly detail: string };

/** Runs the doctor. @returns the only check of that name, and the exit code */
async function look(name: string, env: Env): Promise<Found & { code: number | null }> {
  const { code, stdout } = await runCli(["doctor", "--json"], env);
  const { checks } = JSON.parse(stdout) as { checks: Found[] };
  const found = checks.filter((check) => check.name === name);
  if (found.length !== 1 || found[0] === undefined) expect.fail(`${found.length} checks of ${name}`);
  return { ...found[0], code };
}

describe("cto doctor on a system that can be reached", { timeout: 240_000 }, () => {
  let stage: Stage;
  let server: RunningServer;
  let env: Record<string, string>;

  beforeAll(async () => {
    stage = await openStage({ buyers: 2 });
    const port = await freePort();
    env = { ...stage.env, CTO_HTTP_PORT: String(port) };
    const context = { ...stage.context, config: { ...stage.config, CTO_HTTP_PORT: port } };
    server = await startServer(context, { version: "0.0.0-test", webRoot: "/nowhere" });
  });
  afterAll(async () => {
    await server.close();
    await stage.close();
  });

  it("passes every check", async () => {
    const { code, stdout } = await runCli(["doctor", "--json"], env);
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Found[] };
    expect([code, ok]).toEqual([0, true]);
    const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ journal: "ok", queue: "ok", cluster: "ok", server: "ok" });
    expect(states).toMatchObject({ signing: "ok", "wallet keys": "ok" });
  });

  it("shows a halt, and who ordered it", async () => {
    await halt(stage.context, "a look at the venue");
    const found = await look("signing", env);
    await resume(stage.context);
    expect(found).toMatchObject({
      state: "weak",
      detail: expect.stringContaining("a look at the venue"),
      code: 0,
    });
  });

  it("--production names every fault of a bad configuration, and in a good one only that the cluster is no real one", async () => {
    const [secret] = await secretsOf(stage.config);
    const production = async (over: Record<string, string>) => {
      const { code, stdout } = await runCli(["doctor", "--production", "--json"], { ...env, ...over });
      const { checks } = JSON.parse(stdout) as { checks: Found[] };
      return { code, faults: checks.filter(({ state }) => state !== "ok") };
    };
    const bad = await production({
      ENCRYPTION_SECRET: secret ?? "",
      SOLANA_RPC_URL: "http://rpc.invalid",
      JUPITER_URL: "https://jupiter.invalid",
      CTO_PUBLIC_URL: "http://cto.invalid",
      REDIS_URL: "redis://redis.invalid:6379",
      CTO_HTTP_HOST: "0.0.0.0",
      CTO_METRICS_PUBLIC: "1",
    });
    expect(bad.code).toBe(1);
    const told = bad.faults.map(({ name, state, detail }) => `${state} ${name}: ${detail}`).join("\n");
    for (const fault of [
      "weak endpoints: a single endpoint",
      "broken transport: SOLANA_RPC_URL",
      "broken transport: CTO_PUBLIC_URL",
      "weak databases: REDIS_URL",
      "broken binding: CTO_HTTP_HOST",
      "weak binding: CTO_METRICS_PUBLIC",
    ])
      expect(told).toContain(fault);

    await setLimits(stage.context, null, {
      maxOperationLamports: lamports(1n),
      maxUserDayLamports: lamports(1n),
      maxWalletLifetimeLamports: lamports(1n),
    });
    expect((await runCli(["backup-seen", "s3://backups"], env)).code).toBe(0);
    const second = await startLyingEndpoint(stage.localnet.rpcUrl);
    const good = await production({
      ENCRYPTION_SECRET: secret ?? "",
      SOLANA_RPC_URL: `${stage.localnet.rpcUrl},${second.url}`,
      JUPITER_URL: stage.desk.url,
      JUPITER_API_KEY: "a-key-of-a-plan",
    });
    await second.close();
    expect(good.faults.map(({ name, state }) => `${state} ${name}`).sort()).toEqual([
      "weak cluster",
      "weak cluster",
      "weak endpoints",
    ]);
    expect(good.code).toBe(1);
  });

  it("warns where money is real and no limits are set", async () => {
    await stage.context.journal.writeLimits(null, {});
    const [secret] = await secretsOf(stage.config);
    const real = { SOLANA_RPC_URL: "https://rpc.invalid", JUPITER_URL: "http://127.0.0.1:1" };
    const found = await look("signing", { ...env, ...real, ENCRYPTION_SECRET: secret });
    expect(found).toMatchObject({
      state: "weak",
      detail: expect.stringMatching(
        /only for users with limits of their own: --per-operation, --per-day, --per-wallet not set .*`cto limits set --everyone/,
      ),
    });
    expect(await look("signing", env)).toMatchObject({ state: "ok", detail: "on, within limits" });
    const { stdout } = await runCli(["doctor", "--production", "--json"], env);
    const { checks } = JSON.parse(stdout) as { checks: Found[] };
    for (const [name, detail] of [
      ["signing", "real money needs limits: --per-operation"],
      ["encryption", "for the localnet only: take 32 random bytes"],
    ] as const)
      expect(checks.find((check) => check.name === name)).toMatchObject({
        state: "weak",
        detail: expect.stringContaining(detail),
      });
  });

  it("shows wallets that a rotation has not reached, and those that no secret opens", async () => {
    const [old] = await secretsOf(stage.config);
    const secret = "the next secret, which nothing is under";
    const half = { ...env, ENCRYPTION_SECRET: secret, ENCRYPTION_SECRET_PREVIOUS: old };
    expect(await look("wallet keys", half)).toMatchObject({
      state: "weak",
      detail: expect.stringMatching(/3 wallets, 0 under the current secret, 3 under a previous one/),
      code: 0,
    });
    const lost = await look("wallet keys", { ...env, ENCRYPTION_SECRET: secret });
    expect(lost).toMatchObject({
      state: "broken",
      detail: expect.stringContaining("cto keys status"),
      code: 1,
    });
    expect(lost.detail).not.toContain(secret);
  });

  it("distinguishes a missing server from one of another program", async () => {
    const free = String(await freePort());
    expect(await look("server", { ...env, CTO_HTTP_PORT: free })).toMatchObject({ state: "off", code: 0 });
    const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const found = await look("server", { ...env, CTO_HTTP_PORT: String(port) });
    other.close();
    expect(found).toMatchObject({ state: "weak", detail: expect.stringContaining("is not this server") });
  });

  it("finds a public address without API keys broken, and asks it on this machine once there is one", async () => {
    const open = { ...env, CTO_HTTP_HOST: "0.0.0.0" };
    expect(await look("server", open)).toMatchObject({
      state: "broken",
      detail: expect.stringContaining("cto api-keys create"),
      code: 1,
    });
    await createApiKey(stage.context, { name: "one", scopes: ["read"] });
    expect(await look("server", open)).toMatchObject({ state: "ok", code: 0 });
  });
});

describe("cto doctor on what is not there", () => {
  it("has every command name a misspelt variable", async () => {
    const { home, remove } = await temporaryHome();
    const { stderr } = await runCli(["errors", "CTO_E_INTERNAL"], { CTO_HOME: home, CTO_SLIPAGE_BPS: "50" });
    await remove();
    expect(stderr).toContain(
      "CTO_SLIPAGE_BPS is ignored: there is no such variable; did you mean CTO_SLIPPAGE_BPS?",
    );
  });

  it("ends with 1 when what is configured is not there, and shows hosts without secrets", async () => {
    const { home, remove } = await temporaryHome();
    const { code, stdout, stderr } = await runCli(["doctor"], {
      CTO_HOME: home,
      DATABASE_URL: "postgresql://someone:sesame@127.0.0.1:1/cto",
      SOLANA_RPC_URL: "http://127.0.0.1:1/?api-key=sesame",
      JUPITER_URL: "http://127.0.0.1:1/sesame",
      ENCRYPTION_SECRET: "sesame-sesame-sesame",
    });
    await remove();
    expect(code).toBe(1);
    expect(stdout).toMatch(/broken\s+journal/);
    expect(stdout).toMatch(/broken\s+cluster/);
    expect(stdout).toMatch(/weak\s+encryption/);
    expect(stdout).toContain("127.0.0.1:1");
    expect(stdout + stderr).not.toContain("sesame");
  });

  it("names every variable that is wrong, never its value", async () => {
    const { code, stdout } = await runCli(["doctor"], { REDIS_URL: "sesame", CTO_CONCURRENCY: "0" });
    expect(code).toBe(1);
    expect(stdout).toMatch(/broken\s+configuration.*REDIS_URL.*CTO_CONCURRENCY/);
    expect(stdout).not.toContain("`cto doctor` checks");
    expect(stdout).not.toContain("sesame");
  });
});
