/**
 * Runs a real Solana node for tests, `solana-test-validator`. We find it by `SOLANA_TEST_VALIDATOR`, on the PATH, or packed
 * beside the program binaries. Without it, the tests that need it are skipped, and one line says so.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, statSync } from "node:fs";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Address, createSolanaRpc, type Lamports } from "@solana/kit";
import { describe } from "vitest";
import { Cluster } from "../../src/localnet/cluster.ts";
import { prepareVenues } from "../../src/localnet/launch/index.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { freePort } from "./free-port.ts";

const NAME = "solana-test-validator";
const ARCHIVE = "../shared/validator/solana-test-validator.xz";
/** The start timeout, ms. On an idle machine the node starts in about 15 seconds. */
const START_MS = 180_000;
/** The size of the ledger. It is large enough that the node deletes nothing during a test run. */
const LEDGER_SHREDS = "50000000";

/** Unpacks the node once per machine. The name of the unpacked file identifies its archive. */
async function unpacked(archive: string): Promise<string | null> {
  const { size, mtimeMs } = statSync(archive);
  const file = join(tmpdir(), `${NAME}-${size}-${Math.floor(mtimeMs)}`);
  if (existsSync(file)) return file;
  const half = `${file}.${process.pid}`;
  const xz = spawn("xz", ["-dc"], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = Promise.race([once(xz, "close"), once(xz, "error").then(() => [1])]);
  createReadStream(archive).pipe(xz.stdin);
  xz.stdin.on("error", () => undefined);
  xz.stdout.pipe(createWriteStream(half));
  const [code] = await ended;
  if (code !== 0) return null;
  await chmod(half, 0o755);
  await rename(half, file);
  return file;
}

/** Returns the path of the validator, or null if there is none. */
export async function findValidator(): Promise<string | null> {
  const named = process.env.SOLANA_TEST_VALIDATOR;
  if (named !== undefined && named !== "") return named;
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, NAME));
  const found = onPath.find((file) => existsSync(file));
  if (found !== undefined) return found;
  const archive = resolve(ARCHIVE);
  return existsSync(archive) ? unpacked(archive) : null;
}

/** Defines a suite that needs the node. Without a node, the suite is skipped, and one line says why. */
export async function describeWithNode(name: string, run: (binary: string) => void): Promise<void> {
  const binary = await findValidator();
  if (binary !== null) return void describe(name, () => run(binary));
  console.warn(`skipped: ${name} (no ${NAME}: set SOLANA_TEST_VALIDATOR, or put it on the PATH)`);
  describe.skip(name, () => undefined);
}

export type RealNode = {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** Requests lamports from the faucet, and waits until they are confirmed. */
  fund(address: Address, lamports: Lamports): Promise<void>;
  close(): Promise<void>;
};

/**
 * Writes the accounts that the venues need and only their owners could create, as files that the node reads at its
 * start.
 */
async function venueAccounts(folder: ProgramsFolder, into: string): Promise<string[]> {
  const cluster = new Cluster({ slotMs: 0, programs: folder.programs });
  let touched: ReadonlySet<Address> = new Set();
  cluster.tick();
  cluster.onBlock((event) => {
    touched = event.touched;
  });
  await prepareVenues(cluster, folder);
  cluster.tick();
  const files = [...touched].map(async (address): Promise<string[]> => {
    const account = cluster.account(address);
    if (account === null) return [];
    const file = join(into, `${address}.json`);
    const { owner, executable } = account;
    const data = [Buffer.from(account.data).toString("base64"), "base64"];
    const shown = { lamports: Number(account.lamports), data, owner, executable, rentEpoch: 0 };
    await writeFile(file, JSON.stringify({ pubkey: address, account: shown }));
    return ["--account", address, file];
  });
  return (await Promise.all(files)).flat();
}

async function untilItAnswers(rpcUrl: string, node: ChildProcess): Promise<void> {
  const rpc = createSolanaRpc(rpcUrl);
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(500)) {
    if (node.exitCode !== null) throw new Error(`${NAME} ended with ${node.exitCode}`);
    const slot = await rpc
      .getSlot({ commitment: "finalized" })
      .send()
      .catch(() => 0n);
    if (slot > 0n) return;
  }
  throw new Error(`${NAME} did not answer within ${START_MS} ms`);
}

/** Starts the node. @param folder the programs to load, and the accounts that they need */
export async function startRealNode(binary: string, folder: ProgramsFolder | null): Promise<RealNode> {
  const home = await mkdtemp(join(tmpdir(), "cto-node-"));
  const [port, faucet] = [await freePort(), await freePort()];
  const programs = (folder?.programs ?? []).flatMap(({ address, path }) => ["--bpf-program", address, path]);
  const accounts = folder === null ? [] : await venueAccounts(folder, home);
  const places = ["--ledger", join(home, "ledger"), "--bind-address", "127.0.0.1"];
  const ports = ["--rpc-port", String(port), "--faucet-port", String(faucet)];
  const node = spawn(
    binary,
    [...places, ...ports, "--limit-ledger-size", LEDGER_SHREDS, "--quiet", ...programs, ...accounts],
    { stdio: "ignore", cwd: home },
  );
  const rpcUrl = `http://127.0.0.1:${port}`;
  const rpc = createSolanaRpc(rpcUrl);
  const close = async (): Promise<void> => {
    if (node.exitCode === null && node.signalCode === null) {
      const exited = once(node, "exit");
      node.kill("SIGTERM");
      await exited;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    await untilItAnswers(rpcUrl, node);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    rpcUrl,
    wsUrl: `ws://127.0.0.1:${port + 1}`,
    async fund(address, lamports) {
      const wanted = (await rpc.getBalance(address, { commitment: "confirmed" }).send()).value + lamports;
      await rpc.requestAirdrop(address, lamports, { commitment: "confirmed" }).send();
      for (;;) {
        const { value } = await rpc.getBalance(address, { commitment: "confirmed" }).send();
        if (value >= wanted) return;
        await sleep(200);
      }
    },
    close,
  };
}
