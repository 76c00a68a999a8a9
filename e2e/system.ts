/** Starts `cto start` as users run it: a process with its own home, on free ports. Also calls its API and its commands. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const MAIN = ["--import", "tsx", "src/cli/main.ts"];
const run = promisify(execFile);

/** The data that a test needs to reach the system. */
export type Address = {
  readonly url: string;
  readonly adminKey: string;
  /** The CTO_HOME. The commands use it to find the running system. */
  readonly home: string;
};

export type System = Address & { readonly close: () => Promise<void> };

/**
 * Returns the environment. From the caller's environment we take only the PATH, so that settings of an installation do
 * not affect a test.
 */
const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH ?? "",
  CTO_HOME: home,
  CTO_HTTP_PORT: "0",
  CTO_LOG: "warn",
});

/** Waits for the line "Ready.", and returns the URL from the lines before it. */
async function untilReady(child: ChildProcess): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      text += String(chunk);
      const url = /HTTP\s+(http:\/\/\S+)/.exec(text)?.[1];
      if (url !== undefined && text.includes("Ready.")) resolve(url.replace(/\/$/, ""));
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`cto start ended with ${code}:\n${text}`)));
  });
}

export async function startSystem(): Promise<System> {
  const home = await mkdtemp(join(tmpdir(), "cto-e2e-"));
  const child = spawn(process.execPath, [...MAIN, "start", "--port", "0"], {
    env: environment(home),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    const url = await untilReady(child);
    const adminKey = (await readFile(join(home, "admin-key"), "utf8")).trim();
    return { url, adminKey, home, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs one command beside the system, and returns its JSON. */
export async function cto<Answer>({ home }: Address, ...args: string[]): Promise<Answer> {
  const { stdout } = await run(process.execPath, [...MAIN, ...args, "--json"], { env: environment(home) });
  return JSON.parse(stdout) as Answer;
}

/** Calls the HTTP API as an application would, with the admin's key. */
export async function api<Answer>(
  { url, adminKey }: Address,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return (text === "" ? null : JSON.parse(text)) as Answer;
}

type WalletAnswer = { wallets: { address: string; role: string }[] };

/** Creates a user with a funded wallet, ten buyers and a token to buy. */
export async function prepareUser(system: Address, userId: string): Promise<{ mint: string }> {
  await api(system, "POST", "/v1/users", { id: userId });
  const path = `/v1/users/${userId}/wallets`;
  const { wallets } = await api<WalletAnswer>(system, "POST", path, { count: 1, role: "funding" });
  await api(system, "POST", path, { count: 10, role: "buyer" });
  return { mint: await fundAndLaunch(system, wallets[0]?.address ?? "") };
}

/** Airdrops 50 SOL to the funding wallet, and creates a token. Returns the mint. */
export async function fundAndLaunch(system: Address, fundingAddress: string): Promise<string> {
  await cto(system, "airdrop", fundingAddress, "50");
  return (await cto<{ mint: string }>(system, "token", "create")).mint;
}

const LOOK_EVERY_MS = 200;

/** Waits until an operation has ended. @returns its id */
export async function untilOver(system: Address, id: string): Promise<string> {
  for (;;) {
    const { status } = await api<{ status: string }>(system, "GET", `/v1/operations/${id}`);
    if (status !== "waiting" && status !== "active") return id;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
