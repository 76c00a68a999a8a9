/** Runs the real command line in its own process. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "../support/bundle.ts";

const MAIN = "src/cli/main.ts";

/** The environment variables that the command line reads. None of them may come from the environment of the tests. */
const OURS =
  /^(CTO_|DATABASE_URL|REDIS_URL|MONGODB_|SOLANA_|JUPITER_|ENCRYPTION_SECRET|NO_COLOR|FORCE_COLOR|NODE_OPTIONS)/;

export type Env = Readonly<Record<string, string>>;

/** Returns this process's environment without these variables, plus the given ones. */
export const environment = (env: Env): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  ...env,
});

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type RunningCli = {
  /** Resolves when the output contains the text. */
  says(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Run>;
};

export function startCli(args: readonly string[], env: Env = {}, input = ""): RunningCli {
  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  let child: ChildProcessWithoutNullStreams | undefined;
  const ended = bundled(MAIN).then(
    (main) =>
      new Promise<Run>((resolve, reject) => {
        child = spawn(process.execPath, [main, ...args], { env: environment(env) });
        for (const name of ["stdout", "stderr"] as const) {
          child[name].setEncoding("utf8").on("data", (text: string) => {
            output[name] += text;
            for (const listener of listeners) listener();
          });
        }
        child.once("error", reject);
        child.once("close", (code) => resolve({ code, ...output }));
        child.stdin.end(input);
      }),
  );
  return {
    ended,
    signal: (name) => child?.kill(name),
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.stdout.includes(text) || output.stderr.includes(text)) resolve();
        };
        listeners.add(look);
        look();
        void ended.then(
          ({ stdout, stderr }) => reject(new Error(`ended without "${text}":\n${stdout}\n${stderr}`)),
          reject,
        );
      }),
  };
}

export const runCli = (args: readonly string[], env?: Env, input?: string): Promise<Run> =>
  startCli(args, env, input).ended;

/** Runs a command with `--json`, expects success, and parses the only value on stdout. */
export async function jsonOf(args: readonly string[], env?: Env, input?: string): Promise<unknown> {
  const { code, stdout, stderr } = await runCli([...args, "--json"], env, input);
  if (code !== 0) throw new Error(`cto ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

export async function temporaryHome(): Promise<{ home: string; remove: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), "cto-cli-"));
  return { home, remove: () => rm(home, { recursive: true, force: true }) };
}
