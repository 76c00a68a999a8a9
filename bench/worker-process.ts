/** Starts `worker.child.ts`: a worker in a process of its own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { System } from "./system.ts";
import type { Memory } from "./worker.child.ts";

const CHILD = fileURLToPath(new URL("./worker.child.ts", import.meta.url));
const profile = process.env.CTO_BENCH_PROFILE;

export type BenchWorker = {
  /** The CPU time that the process has used, ms. */
  cpu(): Promise<number>;
  memory(): Promise<Memory>;
  /** Ends the process at once, as `kill -9` does. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

/** Resolves when the worker takes jobs. */
export async function startWorker({ env }: Pick<System, "env">, concurrency: number): Promise<BenchWorker> {
  const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const child = fork(CHILD, [], {
    env: { PATH: process.env.PATH ?? "", CTO_CONCURRENCY: `${concurrency}`, ...env },
    execArgv: [...flags, "--expose-gc", "--import", "tsx"],
  });
  const ended = once(child, "exit");
  const answer = async <Value>(): Promise<Value> => {
    const [value] = await Promise.race([
      once(child, "message"),
      ended.then(() => Promise.reject(new Error("the worker's process has ended"))),
    ]);
    return value as Value;
  };
  await answer();
  const ask = <Value>(question: string): Promise<Value> => {
    child.send(question);
    return answer();
  };
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    cpu: () => ask("cpu"),
    memory: () => ask("memory"),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async close() {
      if (isOver()) return;
      child.send("close");
      await ended;
    },
  };
}
