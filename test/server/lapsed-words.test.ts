/** Tests that the page says that nothing can land any more only if every attempt is proved dead. */
import { expect, it } from "vitest";
import type { ShownCall, ShownPhase } from "../../src/server/calls/shown-call.ts";
import { callWords } from "../../src/server/calls/words.ts";

const lapsed = (phase: ShownPhase | null): string =>
  callWords({ status: "lapsed", muster: { members: [{ phase }] } } as unknown as ShownCall).says;

it("says that nothing can land any more only if every attempt is dead", () => {
  for (const phase of [null, "dead", "finalized"] as const)
    expect(lapsed(phase)).toContain("can land any more");
  for (const phase of ["handed_out", "needs_review"] as const) expect(lapsed(phase)).toContain("not proved");
});
