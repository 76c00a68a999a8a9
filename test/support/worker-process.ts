/** Starts and ends a process that runs `worker.child.ts`, or another entry file that prints "ready". */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { bundled } from "./bundle.ts";

const CHILD = "test/support/worker.child.ts";

export type WorkerProcess = {
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  readonly process: ChildProcess;
};

/** Starts the process, and resolves when the worker takes jobs. Its environment contains only `env` and the PATH. */
export async function startWorkerProcess(
  env: Readonly<Record<string, string>>,
  onLog?: (text: string) => void,
  entry = CHILD,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [await bundled(entry)], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.on("data", (chunk: Buffer) => (onLog ? onLog(String(chunk)) : process.stderr.write(chunk)));
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the worker ended with ${code}`)));
    child.stdout.on("data", (chunk: Buffer) => chunk.includes("ready") && resolve());
  });
  return {
    process: child,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}
