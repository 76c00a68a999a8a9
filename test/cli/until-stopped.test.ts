/** Tests how a command waits for a stop signal, closes what it has opened, and then ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { listenForStop } from "../../src/cli/until-stopped.ts";

const MODULE = new URL("../../src/cli/until-stopped.ts", import.meta.url).pathname;
const node = (script: string): string[] => ["--import", "tsx", "--input-type=module", "--eval", script];

describe("listening for a stop", () => {
  it("stays a listener after the first signal, so that nobody else ends the process before it has closed", async () => {
    const before = process.listenerCount("SIGTERM");
    const stop = listenForStop();
    process.emit("SIGTERM");
    await stop.stopped;
    expect(stop.signal.aborted).toBe(true);
    // signal-exit kills the process if it finds only its own listener.
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    stop.dispose();
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });

  it("ends a process that cannot close what it has opened", async () => {
    const script = `
      const { listenForStop } = await import(${JSON.stringify(MODULE)});
      listenForStop(100);
      setInterval(() => undefined, 1_000);
      console.log("listens");`;
    const child = spawn(process.execPath, node(script));
    const said: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(String(chunk)));
    child.stdout.on("data", () => child.kill("SIGTERM"));
    const [code] = await once(child, "close");
    expect(said.join("")).toContain("Not everything could be closed within 100 ms");
    expect(code).toBe(1);
  });

  it("stops with the shell in which npx runs it, which gets the signal alone", async () => {
    const script = `
      const { listenForStop } = await import(${JSON.stringify(MODULE)});
      const stop = listenForStop();
      const running = setInterval(() => undefined, 1_000);
      console.log("listens");
      await stop.stopped;
      console.log("stops");
      clearInterval(running);`;
    // The command after it keeps the shell from becoming the process itself.
    const shell = spawn("sh", ["-c", '"$@"; true', "sh", process.execPath, ...node(script)], {
      env: { ...process.env, npm_command: "exec" },
    });
    const said: string[] = [];
    shell.stdout.on("data", (chunk: Buffer) => {
      said.push(String(chunk));
      if (said.join("").includes("listens")) shell.kill("SIGTERM");
    });
    await once(shell, "close"); // The output closes when both processes have ended.
    expect(said.join("")).toBe("listens\nstops\n");
  });
});
