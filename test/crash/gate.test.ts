/** Tests what a node answers that a crash sweep makes lag. */
import { expect, it } from "vitest";
import { behind } from "../../crash/gate.ts";

it("a node that lags knows what landed before its slot, and nothing later", () => {
  const statuses = [{ slot: 140 }, { slot: 141 }, { slot: 199 }, null];
  expect(behind({ context: { slot: 200 }, value: statuses })).toEqual({
    context: { slot: 140 },
    value: [{ slot: 140 }, null, null, null],
  });
});
