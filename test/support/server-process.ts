/** Starts and ends a process that runs `server.child.ts`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { bundled } from "./bundle.ts";

const CHILD = "test/support/server.child.ts";

export type ServerProcess = {
  readonly url: string;
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
};

/**
 * Starts the process, and resolves when the server listens. Its environment contains only `env` and the PATH. Port 0
 * selects a free port.
 */
export async function startServerProcess(
  env: Readonly<Record<string, string>>,
  port = 0,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [await bundled(CHILD)], {
    env: { PATH: process.env.PATH ?? "", ...env, CTO_HTTP_PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      output += String(chunk);
      const found = /listening on (\S+)\n/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}
