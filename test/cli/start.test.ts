/** Tests `cto start`, `cto worker` and `cto localnet` as separate processes that find each other through one home. */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { BOT_TOKEN, FakeTelegram } from "../support/telegram.ts";
import {
  type Env,
  environment,
  jsonOf,
  type RunningCli,
  runCli,
  startCli,
  temporaryHome,
} from "./run-cli.ts";

const EXAMPLE = new URL("../../examples/cto-external-usage.ts", import.meta.url).pathname;

type WalletJson = { address: string; lamports: string };

const runExample = (env: Env): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", EXAMPLE], { env: environment(env) });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("close", (code) => resolve({ code, output }));
  });

/** The time for many processes in sequence on a busy machine. */
const SLOW_MS = 240_000;

describe("cto start", { timeout: SLOW_MS }, () => {
  let env: Env;
  let remove: () => Promise<void>;
  let system: RunningCli;
  const telegram = new FakeTelegram();
  /** The token of alice's operation. */
  let mint: string;

  beforeAll(async () => {
    const temporary = await temporaryHome();
    remove = temporary.remove;
    env = {
      CTO_HOME: temporary.home,
      CTO_LOG: "warn",
      CTO_HTTP_PORT: String(await freePort()),
      TELEGRAM_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_API_ROOT: await telegram.listen(),
    };
    system = startCli(["start", "--port", "0", "--slot-ms", "50"], env);
    await system.says("Ready.");
  });
  afterAll(async () => {
    system.signal("SIGTERM");
    const { code, stdout } = await system.ended;
    await remove();
    telegram.close();
    expect(code).toBe(0);
    expect(stdout).toContain("Stopped;");
  });

  it("serves an operation that other processes ask for, watch and verify", async () => {
    ({ mint } = (await jsonOf(["token", "create"], env)) as { mint: string });
    await jsonOf(["users", "add", "alice"], env);
    await jsonOf(["wallets", "generate", "alice", "--role", "funding"], env);
    await jsonOf(["wallets", "generate", "alice", "--count", "2"], env);
    const [funding] = (await jsonOf(["wallets", "list", "alice"], env)) as WalletJson[];
    await jsonOf(["airdrop", funding?.address ?? "", "3"], env);
    const wallets = (await jsonOf(["wallets", "list", "alice"], env)) as WalletJson[];
    expect(wallets.map(({ lamports }) => lamports)).toEqual(["3000000000", "0", "0"]);

    const args = ["enqueue", "alice", mint, "1", "--mode", "standard", "--weights", "1,3", "--wait"];
    const { code, stdout } = await runCli(args, env);
    expect(code, stdout).toBe(0);
    expect(stdout).toContain("100 %  CTO Operation Completed");
    expect(stdout).toContain("2 of 2 legs landed");

    const jobId = /op_\w+/.exec(stdout)?.[0] ?? "";
    expect(await jsonOf(["receipt", jobId, "--verify"], env)).toMatchObject({
      asked: { token: mint, lamports: "1000000000", mode: "standard" },
      legs: [{ lamports: "250000000" }, { lamports: "750000000" }],
      verification: { ok: true, memosVerified: 2, problems: [] },
    });
    expect(await jsonOf(["watch", jobId], env)).toMatchObject({ status: "completed" });
  });

  it("runs the bot of its token, on the same journal", async () => {
    const { code } = (await jsonOf(["telegram", "link", "alice"], env)) as { code: string };
    telegram.write(5, `/start ${code}`);
    const last = (text: string) =>
      expect.poll(() => telegram.last(5)?.text ?? "", { timeout: 30_000 }).toContain(text);
    await last("is linked to <code>alice</code>");
    telegram.write(5, "/status");
    await last("completed, 100 %, 1 SOL");
    expect(await jsonOf(["telegram", "chats", "alice"], env)).toMatchObject([{ chatId: 5 }]);
  });

  it("serves the API to the key that it wrote down, and to those that the command line makes", async () => {
    const call = async (path: string, key: string): Promise<{ status: number; body: unknown }> => {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await fetch(`http://127.0.0.1:${env.CTO_HTTP_PORT}${path}`, { headers });
      return { status: answer.status, body: await answer.json() };
    };
    const admin = (await readFile(`${env.CTO_HOME}/admin-key`, "utf8")).trim();
    expect(await call("/v1/me", admin)).toMatchObject({ status: 200, body: { cluster: "localnet" } });
    expect(await call("/readyz", admin)).toMatchObject({ status: 200 });

    await jsonOf(["users", "add", "erin"], env);
    const args = ["api-keys", "create", "shop", "--scopes", "operate", "--user", "erin"];
    const { stdout: key } = await runCli(args, env);
    expect(await call("/v1/me", key.trim())).toMatchObject({
      status: 200,
      body: { key: { name: "shop", scopes: ["operate"], userId: "erin" } },
    });
    const listed = (await jsonOf(["api-keys", "list"], env)) as { id: string; name: string }[];
    const { id = "" } = listed.find(({ name }) => name === "shop") ?? {};
    await jsonOf(["api-keys", "revoke", id], env);
    expect(await call("/v1/me", key.trim())).toMatchObject({
      status: 401,
      body: { code: "CTO_E_UNAUTHENTICATED" },
    });
    const wrong = await runCli(["api-keys", "create", "x", "--scopes", "everything"], env);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("read, operate, wallets, admin")]);

    const [wallet] = (await jsonOf(["wallets", "generate", "erin"], env)) as { id: string }[];
    expect(await jsonOf(["wallets", "disable", wallet?.id ?? ""], env)).toMatchObject([
      { disabledAt: expect.any(String) },
    ]);
    const enabled = await jsonOf(["wallets", "enable", wallet?.id ?? ""], env);
    expect(JSON.stringify(enabled)).not.toContain("disabledAt");
  });

  it("refuses a second localnet for the same home, and a second start says what it joins", async () => {
    const { code, stderr } = await runCli(["localnet", "--port", "0"], env);
    expect(code).toBe(1);
    expect(stderr).toContain("one already runs for this CTO_HOME");
    const second = await runCli(["start"], env); // Its port is in use, so it ends by itself.
    expect(second.code).toBe(1);
    expect(second.stdout).toMatch(/Joins {4}process \d+, which runs the localnet of /);
    expect(second.stderr).toContain("already runs here, use that one");
  });

  it("runs the examples", async () => {
    const { code, output } = await runExample(env);
    expect(code, output).toBe(0);
    expect(output).toContain("Standard: completed, 3 of 3 wallets bought for 2000000000 lamports");
    expect(output).toContain("Prefunded: completed, 3 of 3 wallets bought for 1500000000 lamports");
    expect(output.match(/Batch: completed, 3 of 3/g)).toHaveLength(3);
    expect(output).toContain("100 % CTO Operation Completed");
    expect(output).toContain("Monitored: completed, 3 of 3 wallets bought for 1000000000 lamports");
  });

  it("goes on with its chain and its market after a restart, and forgets both with --fresh", async () => {
    const again = async (...more: string[]): Promise<void> => {
      system.signal("SIGTERM");
      expect(await system.ended).toMatchObject({ code: 0 });
      system = startCli(["start", "--port", "0", "--slot-ms", "50", ...more], env);
      await system.says(more.length > 0 ? "Kept" : "Localnet goes on from");
      await system.says("Ready.");
    };
    const [operation] = (await jsonOf(["status", "--limit", "1"], env)) as { jobId: string }[];
    const receipt = ["receipt", operation?.jobId ?? expect.fail(), "--verify"];
    await again();
    expect(await jsonOf(receipt, env)).toMatchObject({ verification: { ok: true, problems: [] } });
    const bought = await runCli(["enqueue", "alice", mint, "0.1", "--mode", "standard", "--wait"], env);
    expect(bought).toMatchObject({ code: 0, stdout: expect.stringContaining("2 of 2 legs landed") });

    const busy = await runCli(["start", "--fresh"], env);
    expect([busy.code, busy.stderr]).toEqual([2, expect.stringContaining("to be stopped")]);
    await again("--fresh");
    expect(await readdir(env.CTO_HOME ?? "")).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^postgres\.old-/),
        expect.stringMatching(/^localnet\.chain\.old-/),
      ]),
    );
    expect(await runCli(receipt, env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("CTO_E_OPERATION_UNKNOWN"),
    });
  });
});

describe("cto worker and cto localnet", { timeout: SLOW_MS }, () => {
  it("says what to do when there is no cluster", async () => {
    const { home, remove } = await temporaryHome();
    const { code, stderr } = await runCli(["worker"], { CTO_HOME: home });
    const bot = await runCli(["telegram", "run"], { CTO_HOME: home });
    expect([bot.code, bot.stderr]).toEqual([2, expect.stringContaining("@BotFather")]);
    await remove();
    expect(code).toBe(1);
    expect(stderr).toContain("CTO_E_CONFIG_NO_CLUSTER");
    expect(stderr).toContain("cto start");
  });

  it("find each other through the home, and end at a signal", async () => {
    const { home, remove } = await temporaryHome();
    const env = { CTO_HOME: home, CTO_LOG: "warn" };
    const localnet = startCli(["localnet", "--port", "0", "--slot-ms", "50"], env);
    await localnet.says("Ctrl-C stops it.");
    const worker = startCli(["worker"], env);
    await worker.says("Worker runs");
    worker.signal("SIGINT");
    expect(await worker.ended).toMatchObject({ code: 0 });
    localnet.signal("SIGINT");
    expect(await localnet.ended).toMatchObject({ code: 0 });
    expect(await runCli(["airdrop", "11111111111111111111111111111112", "1"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("CTO_E_CONFIG_NO_CLUSTER"),
    });
    await remove();
  });
});
