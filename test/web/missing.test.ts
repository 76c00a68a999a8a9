/** Tests when the dashboard offers a retry: never where a wallet could buy twice. */
import { expect, it } from "vitest";
import { hasMissing } from "../../web/src/format/missing.ts";

const ended = { status: "failed", retriedBy: null, restored: false, totals: { legs: 0, landed: 0 } } as const;

it("is offered once for what provably did not land", () => {
  expect(hasMissing(ended, [])).toBe(true);
  expect(hasMissing({ ...ended, retriedBy: "op_2" }, [])).toBe(false);
  expect(hasMissing({ ...ended, status: "needs_review" }, [])).toBe(false);
  const some = { ...ended, totals: { legs: 2, landed: 1 } };
  expect(hasMissing(some, [{ status: "finalized" }, { status: "failed" }])).toBe(true);
  expect(hasMissing(some, [{ status: "finalized" }, { status: "in_flight" }])).toBe(false);
});

it("is not offered for an operation from a backup without its plan, which may have bought since", () => {
  const restored = { ...ended, restored: true };
  expect(hasMissing(restored, [])).toBe(false);
  expect(hasMissing({ ...restored, totals: { legs: 1, landed: 0 } }, [{ status: "failed" }])).toBe(true);
});
