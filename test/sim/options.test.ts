/** Tests the simulator's command line: its options, and its one-line errors. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", "sim/main.ts", ...args], { encoding: "utf8" });

test("--help lists the options", () => {
  const { status, stdout } = run("--help");
  expect(status).toBe(0);
  for (const option of ["--seeds <n>", "--seed <n>", "--verbose", "--out <file>"])
    expect(stdout).toContain(option);
  expect(stdout).not.toContain("--range");
});

test.each([
  [["--sedes", "10"], /^error: unknown option '--sedes'/],
  [["--seeds", "many"], /^error: option '--seeds <n>' argument 'many' is invalid\. a whole number from 1 to/],
  [["--seeds", "0"], /argument '0' is invalid/],
  [["--seed", "-1"], /argument '-1' is invalid|argument missing/],
  [["--seed", "4294967296"], /argument '4294967296' is invalid/],
  [["500"], /^error: too many arguments/],
])("%j is refused with 2", (args, reason) => {
  const { status, stdout, stderr } = run(...args);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(reason);
  expect(
    stderr
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("(Did you mean")),
  ).toHaveLength(1);
});
