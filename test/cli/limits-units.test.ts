/** Tests that a spend limit in lamports, given where SOL is meant, does not become one that limits nothing. */
import { expect, test } from "vitest";
import { solLimit } from "../../src/cli/numbers.ts";
import { readConfig } from "../../src/config.ts";

test("CTO_MAX_BUY_SOL refuses lamports by mistake, and so do the limits", () => {
  expect(() => readConfig({ CTO_MAX_BUY_SOL: "500000000" })).toThrow("not in lamports");
  expect(solLimit("0.5")).toBe(500_000_000n);
  expect(solLimit("1000000")).toBe(10n ** 15n);
  expect(() => solLimit("500000000")).toThrow("not in lamports"); // cto limits set --everyone --per-day 500000000
});
