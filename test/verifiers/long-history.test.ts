/** Tests that the second verifier says so when it stops to read a history, as ours does (test/receipts/from-chain.test.ts). */
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { findPython, VERIFIER } from "./python.ts";

const python = findPython();

/** Reads a history of this many full pages, and a short one after them. */
const SCRIPT = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify
calls, problems = [], []
def rpc(method, address, limit, before=None):
    calls.append(before)
    return [{"signature": "s"}] * (limit if len(calls) <= int(sys.argv[2]) else 1)
lines = verify.history(rpc, "whale", problems)
print(json.dumps({"pages": len(calls), "lines": len(lines), "problems": problems}))
`;

const readHistory = (pages: number): unknown => {
  const { stdout } = spawnSync(python ?? "", ["-c", SCRIPT, dirname(VERIFIER), String(pages)]);
  return JSON.parse(stdout.toString());
};

it.skipIf(python === null)("says where it stopped to read a history, and what it has not seen", () => {
  expect(readHistory(19)).toEqual({ pages: 20, lines: 19_001, problems: [] });
  expect(readHistory(100)).toEqual({
    pages: 20,
    lines: 20_000,
    problems: [
      "whale has a longer history than was read: after 20 pages the reading stopped, and what is older was not seen",
    ],
  });
});
