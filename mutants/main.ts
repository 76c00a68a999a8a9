/**
 * `npm run mutants`: applies each known mistake to a copy of the source and runs the tests that must notice. First the
 * same tests run without a mistake; a mutant counts as killed only when a test fails, not when the copy does not run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { MUTANTS, type Mutant } from "./list.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const report = z.object({ numTotalTests: z.number(), numFailedTests: z.number(), success: z.boolean() });

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

const copy = mkdtempSync(join(tmpdir(), "cto-mutants-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(1));

/** The files as they are now, committed or not, without what git ignores. */
function makeCopy(): void {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  for (const file of listed.split("\n").filter((name) => name !== "")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
}

/** How many of the suites' tests ran and failed in the copy. */
function runSuites(suites: readonly string[]): z.infer<typeof report> {
  const out = join(copy, "report.json");
  rmSync(out, { force: true });
  const args = ["vitest", "run", "--bail", "1", "--reporter", "json", "--outputFile", out, ...suites];
  spawnSync("npx", args, { cwd: copy, stdio: "ignore", timeout: 600_000 });
  return report.parse(JSON.parse(readFileSync(out, "utf8")));
}

/** @throws when a text is not there exactly once: the list must follow the source. */
function mutate(source: string, { name, edits }: Mutant): string {
  return edits.reduce((text, [find, replace]) => {
    if (text.split(find).length !== 2)
      throw new Error(`${name}: ${JSON.stringify(find)} does not stand exactly once`);
    return text.replace(find, () => replace);
  }, source);
}

makeCopy();
const suites = [...new Set(chosen.flatMap((mutant) => mutant.suites))];
const baseline = runSuites(suites);
if (!baseline.success || baseline.numTotalTests === 0) {
  console.error("the suites do not pass without a mutant");
  process.exit(1);
}
console.log(`without a mistake: ${baseline.numTotalTests} tests pass\n`);
let survived = 0;
for (const mutant of chosen) {
  const file = join(copy, mutant.file);
  const source = readFileSync(file, "utf8");
  writeFileSync(file, mutate(source, mutant));
  const { numFailedTests } = runSuites(mutant.suites);
  writeFileSync(file, source);
  const killed = numFailedTests > 0;
  if (!killed) survived += 1;
  console.log(`${killed ? "killed  " : "SURVIVED"}  ${mutant.name}: ${mutant.mistake}`);
}
console.log(`\n${chosen.length - survived} of ${chosen.length} killed`);
process.exit(survived === 0 ? 0 : 1);
