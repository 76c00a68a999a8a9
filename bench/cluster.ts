/** Starts `cluster.child.ts` and calls its methods over IPC. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { MachineName } from "../src/localnet/index.ts";
import type { ClusterMethods } from "./cluster.child.ts";

const CHILD = fileURLToPath(new URL("./cluster.child.ts", import.meta.url));

type Answer = { readonly id: number; readonly value?: unknown; readonly error?: string };

export type BenchCluster = ClusterMethods & { close(): void };

export async function startCluster(machine: MachineName, latencyMs: number): Promise<BenchCluster> {
  const child = fork(CHILD, [machine, String(latencyMs)], {
    execArgv: ["--import", "tsx"],
    serialization: "advanced",
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  const started = new Promise<void>((resolve, reject) => {
    waiting.set(0, () => resolve());
    child.once("exit", (code) => reject(new Error(`the bench's localnet ended with ${code}`)));
  });
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const ask = (method: keyof ClusterMethods, ...args: unknown[]): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ value, error }) =>
        error === undefined ? resolve(value) : reject(new Error(error)),
      );
      child.send({ id, method, args });
    });
  };
  await started;
  return {
    where: () => ask("where") as ReturnType<ClusterMethods["where"]>,
    airdrop: (addresses) => ask("airdrop", addresses) as ReturnType<ClusterMethods["airdrop"]>,
    deskToken: () => ask("deskToken") as ReturnType<ClusterMethods["deskToken"]>,
    launch: (venue) => ask("launch", venue) as ReturnType<ClusterMethods["launch"]>,
    calls: () => ask("calls") as ReturnType<ClusterMethods["calls"]>,
    cpu: () => ask("cpu") as ReturnType<ClusterMethods["cpu"]>,
    close: () => child.disconnect(),
  };
}
