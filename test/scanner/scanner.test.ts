/** Tests that the example scanner tells open calls from hidden bundles, and that it believes no copied memo. */
import { expect, test } from "vitest";
import { scan } from "../../examples/scanner.ts";
import { generate } from "../../scripts/scanner/generate.ts";
import { judge } from "../../scripts/scanner/judge.ts";

test("100 operations: no open one is flagged, and at least 95 % of the hidden ones are", () => {
  const { open, openFlagged, hidden, hiddenFound } = judge(7, 100);
  expect(open).toBeGreaterThan(20);
  expect(hidden).toBeGreaterThan(20);
  expect(openFlagged).toEqual([]);
  expect(hiddenFound / hidden).toBeGreaterThanOrEqual(0.95);
});

test("without the feed, disclosed operations look like bundles: the scanner does not go by the memo alone", () => {
  const { transactions, labels } = generate(7, 40);
  const flagged = new Set(scan(transactions, []).flatMap(({ signatures }) => signatures));
  const operations = labels.filter(({ shape }) => shape === "operation");
  expect(operations.length).toBeGreaterThan(0);
  for (const { signatures } of operations) expect(signatures.every((one) => flagged.has(one))).toBe(true);
});
