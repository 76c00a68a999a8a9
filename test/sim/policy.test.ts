/**
 * Tests that the simulator runs the worker's own code for leases, sweeps and settlement, and does not handle them
 * itself.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const OF_THE_POLICY =
  /\.(acquireLease|renewLeases|releaseLease|listUnsettled|markSettled|listNext|listDueUsers|postponeOperation|beginOperation)\(/;

const FILES = readdirSync("sim", { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

test.each(FILES)("sim/%s leaves the policy to the engine", (file) => {
  const lines = readFileSync(`sim/${file}`, "utf8").split("\n");
  expect(lines.filter((line) => OF_THE_POLICY.test(line))).toEqual([]);
});
