/** Tests where keys are and how they leave: external signers in real workers, and the only way to export a key. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createKeyPairSignerFromBytes, getBase58Encoder, lamports } from "@solana/kit";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CTOJob, EnqueueOptions } from "../../src/contract/types.ts";
import { keysStatus } from "../../src/services/keys.ts";
import { enqueue } from "../../src/services/operations.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { jsonOf, runCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { bundledModule } from "../support/bundle.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { startVault, type TestVault } from "../support/vault.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const SIGNERS = "test/support/vault-signers.child.ts";
const TOKEN = "hvs.planted-vault-token";

let stage: Stage;
let worker: WorkerProcess | undefined;
let vault: TestVault | undefined;

beforeEach(async () => {
  stage = await openStage({ buyers: 1 });
});
afterEach(async () => {
  await worker?.kill("SIGKILL");
  await vault?.close();
  await stage.close();
  worker = undefined;
  vault = undefined;
});

const jobOf = (walletId: string): [CTOJob, number, EnqueueOptions] => [
  buildJob({ userId: stage.userId, tokenAddress: stage.mint, buyAmount: 1, mode: "standard" }),
  0,
  { walletIds: [walletId] },
];

it("a wallet whose key is in a vault buys, in a real worker that reaches it with a keychain signer", async () => {
  const [good, denied] = [generateKeypair(), generateKeypair()];
  vault = await startVault(TOKEN, new Map([["buyer-7", good]]));
  const attach = async (address: string, reference: string) => {
    const to = ["--address", address, "--signer", "vault", "--reference", reference];
    const answer = await jsonOf(["wallets", "attach", stage.userId, "--role", "buyer", ...to], stage.env);
    return (answer as { id: string }[])[0]?.id ?? "";
  };
  const id = await attach(good.address, "buyer-7");
  const lost = await attach(denied.address, "no-such-key");
  expect(await keysStatus(stage.context)).toMatchObject({ wallets: 4, elsewhere: 2, unsealed: [] });

  const logged: string[] = [];
  const env = {
    ...stage.env,
    CTO_LOG: "trace",
    CTO_SIGNERS: await bundledModule(SIGNERS),
    VAULT_ADDR: vault.url,
    VAULT_TOKEN: TOKEN,
  };
  worker = await startWorkerProcess(env, (text) => logged.push(text));
  const bought = await enqueue(stage.context, ...jobOf(id));
  expect(await stage.ended(bought.jobId)).toMatchObject({ status: "completed", result: { landed: 1 } });
  expect(vault.signed.get("buyer-7")).toBeGreaterThanOrEqual(1);

  // A vault that does not sign counts as an outage. The operation waits, and no other key signs instead.
  const waiting = await enqueue(stage.context, ...jobOf(lost));
  await expect
    .poll(() => logged.join(""), { timeout: 60_000 })
    .toContain('The signer \\"vault\\" did not sign');
  expect((await stage.context.journal.readSteps(waiting.jobId)).flatMap(({ attempts }) => attempts)).toEqual(
    [],
  );
  expect(logged.join("")).not.toContain(TOKEN);

  const exported = await runCli(["wallets", "export", id, "--i-understand", "--stdout", "--json"], stage.env);
  expect(JSON.parse(exported.stdout).error).toMatchObject({ code: "CTO_E_WALLET_KEY_ELSEWHERE" });
});

it("without the signer that a wallet was attached with, its buy fails and says so", async () => {
  const { address } = generateKeypair();
  const to = ["--address", address, "--signer", "vault", "--reference", "x"];
  const answer = await jsonOf(["wallets", "attach", stage.userId, "--role", "buyer", ...to], stage.env);
  const [wallet] = answer as { id: string }[];
  stage.localnet.cluster.airdrop(address, lamports(1_000_000_000n));
  worker = await startWorkerProcess(stage.env);
  const { jobId } = await enqueue(stage.context, ...jobOf(wallet?.id ?? ""));
  const ended = await stage.ended(jobId);
  expect(ended.status).toBe("failed");
  expect(ended.result.legs[0]?.failure?.code).toBe("CTO_E_WALLET_SIGNER_UNKNOWN");
  for (const signers of ["/nowhere.mjs", await bundledModule("test/support/free-port.ts")]) {
    const env = { ...stage.env, CTO_SIGNERS: signers };
    const { code, stdout } = await runCli(["worker", "--json"], env);
    expect([code, JSON.parse(stdout).error.code]).toEqual([2, "CTO_E_CONFIG_INVALID"]);
  }
});

it("a worker drops the keys when the job ends, and the next job opens them again", async () => {
  const [buyer] = stage.buyers;
  if (buyer === undefined) throw new Error("a buyer");
  worker = await startWorkerProcess(stage.env);
  const first = await enqueue(stage.context, ...jobOf(buyer.id));
  expect(await stage.ended(first.jobId)).toMatchObject({ status: "completed" });
  const { sealedKey } = await stage.context.journal.readSealedKey(buyer.id);
  await stage.context.journal.replaceSealedKey(buyer.id, sealedKey, `${sealedKey}x`);
  const second = await enqueue(stage.context, ...jobOf(buyer.id));
  const ended = await stage.ended(second.jobId);
  expect(ended.result.legs[0]?.failure?.code).toBe("CTO_E_WALLET_KEY_TRUNCATED");
});

it("a key is exported only to those who say that they understand, into a file of their own, and on record", async () => {
  const [buyer] = stage.buyers;
  if (buyer === undefined) throw new Error("a buyer");
  const home = stage.env.CTO_HOME ?? "";
  const file = join(home, "key.json");
  const refused = await runCli(["wallets", "export", buyer.id, "--out", file, "--json"], stage.env);
  expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([2, "CTO_E_USAGE"]);
  expect(await readdir(home)).not.toContain("key.json");

  const said = await runCli(["wallets", "export", buyer.id, "--i-understand", "--out", file], stage.env);
  expect(said.code).toBe(0);
  const text = await readFile(file, "utf8");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const signer = await createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(text)));
  expect(signer.address).toBe(buyer.address);
  expect(said.stdout + said.stderr).not.toContain(text.slice(1, 40));

  const again = await runCli(
    ["wallets", "export", buyer.id, "--i-understand", "--out", file, "--json"],
    stage.env,
  );
  expect(JSON.parse(again.stdout).error.message).toContain("it exists already");
  expect(await readFile(file, "utf8")).toBe(text);
  const printed = await runCli(["wallets", "export", buyer.id, "--i-understand", "--stdout"], stage.env);
  expect(printed.stdout.trim()).toBe(text);
  const other = join(home, "other.json");
  const unknown = await runCli(
    ["wallets", "export", "w_nobody", "--i-understand", "--out", other],
    stage.env,
  );
  expect(unknown.stderr).toContain("CTO_E_WALLET_UNKNOWN");
  expect(await readdir(home)).not.toContain("other.json");

  const records = await stage.context.journal.readAudit(0, 100);
  const exports = records.filter(({ action }) => action === "wallet.exported");
  expect(exports.map(({ subject, details }) => [subject, details.to])).toEqual([
    [buyer.id, "file"],
    [buyer.id, "stdout"],
  ]);
  expect(JSON.stringify(records)).not.toContain(text.slice(1, 40));
});

it("a wallet is imported once, for one user, and for the address that was stated", async () => {
  const { seed, address } = generateKeypair();
  const key = JSON.stringify([...seed, ...getBase58Encoder().encode(address)]);
  await stage.context.journal.addUser({ id: "bob" });
  const importing = async (user: string, ...options: string[]) => {
    const args = ["wallets", "import", user, "--role", "buyer", ...options, "--json"];
    const { stdout } = await runCli(args, stage.env, key);
    expect(stdout).not.toContain(key.slice(1, 40));
    return JSON.parse(stdout) as { error: { code: string; remedy: string } };
  };
  const [buyer] = stage.buyers;
  const wrong = await importing(stage.userId, "--expect", buyer?.address ?? "");
  expect(wrong.error.code).toBe("CTO_E_WALLET_ADDRESS_MISMATCH");
  expect(await importing(stage.userId, "--expect", address)).toMatchObject([{ address }]);
  expect((await importing(stage.userId)).error.code).toBe("CTO_E_WALLET_EXISTS");
  expect((await importing("bob")).error.code).toBe("CTO_E_WALLET_OF_ANOTHER_USER");
  expect((await importing("nobody")).error.code).toBe("CTO_E_USER_UNKNOWN");
  expect(await stage.context.journal.listWallets("bob")).toEqual([]);
});
