/**
 * `npm run mutants`: applies each known mistake to a copy of the source, and runs the tests that must fail. First it runs the
 * same tests without a mistake. A mutant counts as killed only if a test fails, not if the copy does not run.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeCopy, plant } from "./copy.ts";
import { MUTANTS } from "./list.ts";
import { type Report, readReport, verdictOf } from "./report.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, help: { type: "boolean" } } });
if (values.help) {
  console.log("npm run mutants [-- --only <name>]\n\nMutants:");
  for (const { name, mistake } of MUTANTS) console.log(`  ${name}: ${mistake}`);
  process.exit(0);
}
const chosen = MUTANTS.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`there is no mutant "${values.only}"`);
  process.exit(2);
}

const copy = makeCopy();

/** Runs the suites in the copy. Returns how many tests ran and failed; null if the suites took too long. */
function runSuites(suites: readonly string[]): Report | null {
  const out = join(copy, "report.json");
  rmSync(out, { force: true });
  const args = ["vitest", "run", "--bail", "1", "--reporter", "json", "--outputFile", out, ...suites];
  spawnSync("npx", args, { cwd: copy, stdio: "ignore", timeout: 600_000 });
  return readReport(out);
}

const suites = [...new Set(chosen.flatMap((mutant) => mutant.suites))];
const baseline = runSuites(suites);
if (!baseline?.success || baseline.numTotalTests === 0) {
  console.error("the suites do not pass without a mutant");
  process.exit(1);
}
console.log(`without a mistake: ${baseline.numTotalTests} tests pass\n`);
let survived = 0;
for (const mutant of chosen) {
  const takeOut = plant(copy, mutant.name, [mutant]);
  const verdict = verdictOf(runSuites(mutant.suites));
  takeOut();
  if (verdict !== "killed") survived += 1;
  console.log(`${verdict.padEnd(8)}  ${mutant.name}: ${mutant.mistake}`);
}
console.log(`\n${chosen.length - survived} of ${chosen.length} killed`);
process.exit(survived === 0 ? 0 : 1);
