/** Tests that each known mistake can be planted: its texts occur in the current source. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTANTS } from "../../mutants/list.ts";
import { SIMULATED, SIMULATED_CALLS } from "../../mutants/simulated.ts";

const all = [
  ...MUTANTS.map((mutant) => ({ name: mutant.name, changes: [mutant] })),
  ...SIMULATED,
  ...SIMULATED_CALLS,
];

test.each(all)("$name", ({ changes }) => {
  for (const { file, edits } of changes) {
    let source = readFileSync(file, "utf8");
    for (const [find, replace] of edits) {
      expect(source.split(find).length - 1, `${JSON.stringify(find)} in ${file}`).toBe(1);
      source = source.replace(find, () => replace);
    }
  }
});
