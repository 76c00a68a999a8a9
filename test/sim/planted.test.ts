/**
 * Tests that the simulator finds a mistake planted into a copy of the source, shrinks the failing seed and replays it.
 */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { makeCopy, plant } from "../../mutants/copy.ts";
import { SIMULATED } from "../../mutants/simulated.ts";

const NAME = "retry-from-scratch";

test("a planted mistake ends the simulator with 1, shrunk and replayed to the same trace", () => {
  const copy = makeCopy();
  plant(copy, NAME, SIMULATED.find(({ name }) => name === NAME)?.changes ?? []);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", "sim/main.ts", ...args], { cwd: copy, encoding: "utf8" });

  const many = run("--seeds", "49");
  expect(many.stderr).toBe("");
  expect(many.status).toBe(1);
  expect(many.stdout).toMatch(/VIOLATION op\d#\d landed twice on one fork/);
  expect(many.stdout).toMatch(/shrunk to at most \d operations and \d legs a user; it needs: \w+/);
  expect(many.stdout).toMatch(/replayed to the same trace [0-9a-f]{64}/);

  const seed = /^again: npm run sim -- --seed (\d+)/m.exec(many.stdout)?.[1] ?? "";
  const one = run("--seed", seed);
  expect(one.status).toBe(1);
  expect(one.stdout).toBe(run("--seed", seed).stdout);
});
