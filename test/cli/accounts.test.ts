/** Tests the commands for users, wallets and operations on an embedded home. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getBase58Decoder, getBase58Encoder } from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { type EmbeddedPostgres, openEmbeddedPostgres } from "../../src/journal/embedded-postgres/index.ts";
import { openContext } from "../../src/runtime/context.ts";
import { generateWallets } from "../../src/services/wallets.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { type Env, jsonOf, runCli, temporaryHome } from "./run-cli.ts";

type WalletJson = { id: string; role: string; address: string; lamports?: string };

/** The time for many processes in sequence on a busy machine. */
const SLOW_MS = 240_000;
const TOKEN = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

describe("users, wallets and operations on an embedded home", { timeout: SLOW_MS }, () => {
  let env: Env;
  let home: string;
  let remove: () => Promise<void>;
  let postgres: EmbeddedPostgres;

  beforeAll(async () => {
    ({ home, remove } = await temporaryHome());
    env = { CTO_HOME: home, CTO_LOG: "silent" };
    // We keep the server open. Otherwise each command would start and stop it.
    postgres = await openEmbeddedPostgres({ home });
  });
  afterAll(async () => {
    await postgres.close();
    await remove();
  });

  /** Adds the user in this process, because each command takes a second or more. */
  const withUser = async (id: string, buyers: number): Promise<void> => {
    const context = await openContext(readConfig(env));
    await context.journal.addUser({ id });
    if (buyers > 0) await generateWallets(context, id, buyers, { role: "buyer" });
    await context.close();
  };

  it("adds users once, and lists them", async () => {
    expect(await jsonOf(["users", "add", "ada", "--name", "Ada"], env)).toMatchObject({
      id: "ada",
      name: "Ada",
    });
    const again = await runCli(["users", "add", "ada"], env);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("CTO_E_USER_EXISTS") });
    expect(await jsonOf(["users", "list"], env)).toContainEqual(expect.objectContaining({ id: "ada" }));
  });

  it("generates wallets, and never shows a key of them", async () => {
    await withUser("bob", 1);
    const { stdout: added } = await runCli(["users", "add", "dora"], env);
    expect(added).toMatch(/Next: cto wallets generate dora --role funding, then .* --count 10/);
    await jsonOf(["wallets", "generate", "bob", "--count", "2"], env);
    await jsonOf(["wallets", "generate", "bob", "--role", "funding"], env);
    const { stdout } = await runCli(["wallets", "list", "bob", "--json"], env);
    const wallets = JSON.parse(stdout) as WalletJson[];
    expect(wallets.map(({ role }) => role)).toEqual(["buyer", "buyer", "buyer", "funding"]);
    expect(new Set(wallets.map(({ address }) => address)).size).toBe(4);
    expect(stdout).not.toContain("cto-box");
    const second = await runCli(["wallets", "generate", "bob", "--role", "funding"], env);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("CTO_E_WALLET_FUNDING_EXISTS") });
  });

  it("imports a key from stdin or a file without echoing it, and takes none as an argument", async () => {
    await withUser("carol", 0);
    const keys = [generateKeypair(), generateKeypair()].map(({ seed, address }) => ({
      text: getBase58Decoder().decode(Uint8Array.from([...seed, ...getBase58Encoder().encode(address)])),
      address,
    }));
    const [first, second] = keys;
    if (first === undefined || second === undefined) throw new Error("no keys");

    const piped = await runCli(["wallets", "import", "carol", "--role", "buyer"], env, `${first.text}\n`);
    expect(piped.code).toBe(0);
    expect(piped.stdout).toContain(first.address);
    expect(piped.stdout + piped.stderr).not.toContain(first.text);

    const file = join(home, "key.txt");
    await writeFile(file, second.text);
    const read = await runCli(["wallets", "import", "carol", "--role", "funding", "--file", file], env);
    expect(read.stdout).toContain(second.address);
    expect(read.stdout + read.stderr).not.toContain(second.text);

    const argued = await runCli(["wallets", "import", "carol", second.text, "--role", "buyer"], env);
    expect(argued.code).toBe(2);
    expect(argued.stdout + argued.stderr).not.toContain(second.text);

    const broken = `${first.text.slice(0, -4)}0OIl`;
    const refused = await runCli(["wallets", "import", "carol", "--role", "buyer"], env, broken);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("CTO_E_WALLET_KEY_INVALID") });
    expect(refused.stdout + refused.stderr).not.toContain(broken);
  });

  it("takes 32 bytes only with the address that they belong to", async () => {
    await withUser("frank", 0);
    const { seed, address } = generateKeypair();
    const text = getBase58Decoder().decode(seed);
    const importing = (...more: string[]) =>
      runCli(["wallets", "import", "frank", "--role", "funding", ...more], env, `${text}\n`);
    const refused = await importing();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("KEY_NEEDS_ADDRESS") });
    expect(refused.stderr).toContain(address);
    expect((await importing("--expect", address)).stdout).toContain(address);
  });

  it("enqueues, shows and cancels an operation", async () => {
    await withUser("dave", 2);
    const args = [
      "enqueue",
      "dave",
      TOKEN,
      "0.5",
      "--mode",
      "prefunded",
      "--weights",
      "1,3",
      "--priority",
      "2",
    ];
    const accepted = (await jsonOf([...args, "--idempotency-key", "k1"], env)) as {
      jobId: string;
      status: string;
    };
    expect(accepted.status).toBe("waiting");
    expect(await jsonOf([...args, "--idempotency-key", "k1"], env)).toMatchObject({ jobId: accepted.jobId });
    expect(await jsonOf(["status", accepted.jobId], env)).toMatchObject({
      status: "waiting",
      data: { userId: "dave", tokenAddress: TOKEN, buyAmount: 0.5, mode: "prefunded", platform: "auto" },
    });
    expect(await jsonOf(["status"], env)).toContainEqual(
      expect.objectContaining({ jobId: accepted.jobId, lamports: "500000000" }),
    );
    expect(await jsonOf(["cancel", accepted.jobId], env)).toMatchObject({ success: true });
    expect(await runCli(["cancel", accepted.jobId], env)).toMatchObject({ code: 1 });
    const receipt = await jsonOf(["receipt", accepted.jobId], env);
    expect(receipt).toMatchObject({ operationId: accepted.jobId, status: "cancelled", legs: [] });
    expect(JSON.stringify(receipt)).not.toContain("dave");
    expect(await runCli(["watch", accepted.jobId], env)).toMatchObject({ code: 1 });
  });

  it.each([
    { words: ["nobody", TOKEN, "1", "--mode", "prefunded"], code: "CTO_E_USER_UNKNOWN", exit: 1 },
    { words: ["erin", TOKEN, "0.0000000001", "--mode", "prefunded"], code: "CTO_E_AMOUNT_INVALID", exit: 2 },
    { words: ["erin", TOKEN, "1", "--mode", "mixer"], code: "CTO_E_MODE_UNKNOWN", exit: 2 },
  ])("refuses an operation with $code", async ({ words, code, exit }) => {
    const refused = await runCli(["enqueue", ...words], env);
    expect(refused).toMatchObject({ code: exit, stderr: expect.stringContaining(code) });
  });

  it("knows no operation that was never enqueued", async () => {
    const { code, stderr } = await runCli(["watch", "op_nothing"], env);
    expect(code).toBe(1);
    expect(stderr).toContain("CTO_E_OPERATION_UNKNOWN");
  });

  it("passes the doctor's checks of journal and queue, without a cluster", async () => {
    const { checks, ok } = (await jsonOf(["doctor"], env)) as {
      ok: boolean;
      checks: { name: string; state: string }[];
    };
    expect(ok).toBe(true);
    const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ node: "ok", journal: "ok", queue: "ok", cluster: "off" });
  });
});
