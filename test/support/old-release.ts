/**
 * Builds the command line of an earlier commit from this repository's history, so that a test gets a database that this old
 * release wrote. Returns null in a clone without that history, or in the package.
 */
import { execFile, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "tsdown";
import { environment } from "../cli/run-cli.ts";

const run = promisify(execFile);

export type OldRelease = {
  /** Runs a command with `--json`, and returns its parsed output. */
  json(args: readonly string[], env: Record<string, string>): Promise<unknown>;
  /** Starts a command that keeps running. Its `text` is its output so far. */
  start(args: readonly string[], env: Record<string, string>): RunningOld;
  remove(): Promise<void>;
};

export type RunningOld = {
  text(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
};

const has = (commit: string): Promise<boolean> =>
  run("git", ["cat-file", "-e", `${commit}^{commit}`]).then(
    () => true,
    () => false,
  );

export async function buildOldRelease(commit: string): Promise<OldRelease | null> {
  if (!(await has(commit))) {
    console.error(`tests of upgrades are skipped: this clone has no commit ${commit.slice(0, 7)}`);
    return null;
  }
  // The folder is inside the project, so that the old release finds its packages.
  const folder = join(process.cwd(), ".cto", `release-${commit.slice(0, 7)}-${process.pid}`);
  await mkdir(join(folder, "built", "cli"), { recursive: true });
  const archive = join(folder, "source.tar");
  await run("git", ["archive", "--output", archive, commit, "src", "package.json"]);
  await run("tar", ["-xf", archive, "-C", folder]);
  await build({
    config: false,
    cwd: folder,
    entry: { main: "src/cli/main.ts" },
    outDir: join(folder, "built", "cli"),
    format: "esm",
    platform: "node",
    dts: false,
    clean: false,
    skipNodeModulesBundle: true,
    fixedExtension: true,
    logLevel: "error",
  });
  const main = join(folder, "built", "cli", "main.mjs");
  const start: OldRelease["start"] = (args, env) => {
    let text = "";
    const child = spawn(process.execPath, [main, ...args], { env: environment(env) });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    child.stdin.end();
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { text: () => text, signal: (name) => void child.kill(name), ended };
  };
  return {
    start,
    async json(args, env) {
      const running = start([...args, "--json"], env);
      const code = await running.ended;
      if (code !== 0)
        throw new Error(`cto ${args[0]} of ${commit.slice(0, 7)} ended with ${code}: ${running.text()}`);
      return JSON.parse(running.text());
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
