/** Tests `cto demo`: every leg of both modes lands with its memo, and an interrupted demo cleans up. */
import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runCli, startCli, temporaryHome } from "./run-cli.ts";

type DemoAnswer = {
  ok: boolean;
  operations: { mode: string; legs: number; landed: number; memosVerified: number; elapsedMs: number }[];
  transactions: { signed: number; withMemo: number };
};

/** Returns the demo's temporary folders in this folder. */
const leftovers = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith("cto-demo-"));

describe("cto demo", { timeout: 240_000 }, () => {
  it("lands every leg of both modes, each transaction with its memo, whatever the environment says", async () => {
    const { home, remove } = await temporaryHome();
    const { code, stdout, stderr } = await runCli(["demo", "--json", "--legs", "3"], {
      TMPDIR: home,
      // The demo must not use the configuration. These values would break it.
      DATABASE_URL: "postgresql://127.0.0.1:1/real",
      REDIS_URL: "redis://127.0.0.1:1",
      SOLANA_RPC_URL: "http://127.0.0.1:1",
      ENCRYPTION_SECRET: "a secret of the real system",
    });
    expect(code, stderr).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(1);
    const answer = JSON.parse(lines[0] ?? "") as DemoAnswer;
    expect(answer.operations.map(({ mode }) => mode)).toEqual(["prefunded", "standard"]);
    for (const operation of answer.operations) {
      expect(operation).toMatchObject({ legs: 3, landed: 3, memosVerified: 3, problems: [] });
    }
    expect(answer).toMatchObject({ ok: true, transactions: { signed: 6, withMemo: 6 } });
    expect(await leftovers(home)).toEqual([]);
    await remove();
  });

  it("cleans up when it is interrupted", async () => {
    const { home, remove } = await temporaryHome();
    const demo = startCli(["demo", "--legs", "2"], { TMPDIR: home });
    await demo.says("Platform Detection");
    demo.signal("SIGINT");
    const { code, stdout } = await demo.ended;
    expect(code).toBe(1);
    expect(stdout).toContain("cleaning up");
    expect(await leftovers(home)).toEqual([]);
    await remove();
  });
});
