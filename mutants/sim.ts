/**
 * `npm run mutants:sim`: runs the simulator with each known mistake in a copy of the source, and prints the first seed that
 * finds it. With `--calls` these are the mistakes in open calls, and their own simulator. A mistake that no seed finds is not a failure here: only `npm run mutants` must kill every mistake.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { z } from "zod";
import { commitNow } from "../scripts/commit-now.ts";
import { makeCopy, plant } from "./copy.ts";
import { type Found, foundSchema, type SimMutants } from "./sim-results.ts";
import { SIMULATED, SIMULATED_CALLS, type Simulated } from "./simulated.ts";

const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    only: { type: "string" },
    lanes: { type: "string", default: "2" },
    out: { type: "string" },
    calls: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const all = values.calls ? SIMULATED_CALLS : SIMULATED;
if (values.help) {
  console.log(
    "npm run mutants:sim [-- --calls] [--seeds 2000] [--only <name>] [--lanes 2] [--out <file>]\n\nMistakes:",
  );
  for (const { name, mistake } of all) console.log(`  ${name}: ${mistake}`);
  process.exit(0);
}
const seeds = z.coerce.number().int().min(1).parse(values.seeds);
const lanes = z.coerce.number().int().min(1).parse(values.lanes);
const chosen = all.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) {
  console.error(`there is no mistake "${values.only}"`);
  process.exit(2);
}

async function look(copy: string, { name, changes }: Simulated): Promise<Found> {
  const takeOut = plant(copy, name, changes);
  try {
    const args = ["--import", "tsx", "--max-semi-space-size=32", join("mutants", "first-failure.child.ts")];
    const { stdout } = await run(
      process.execPath,
      [...args, String(seeds), values.calls ? "calls" : "operations"],
      {
        cwd: copy,
      },
    );
    return foundSchema.parse(JSON.parse(stdout));
  } finally {
    takeOut();
  }
}

const commit = commitNow();
const results = new Map<string, Found>();
const queue = chosen.values();
await Promise.all(
  Array.from({ length: lanes }, async () => {
    const copy = makeCopy();
    for (const simulated of queue) {
      const result = await look(copy, simulated);
      results.set(simulated.name, result);
      writeResults();
      const where = result.seed === null ? `not in ${seeds} seeds` : `seed ${result.seed}`;
      console.log(`${where.padEnd(18)}${simulated.name}: ${result.violation ?? simulated.mistake}`);
    }
  }),
);
const caught = [...results.values()].filter(({ seed }) => seed !== null).length;
console.log(`\n${caught} of ${chosen.length} seen within ${seeds} seeds`);

/** After every mistake, so that a run that is ended early leaves its results. */
function writeResults(): void {
  if (values.out === undefined) return;
  const date = new Date().toISOString().slice(0, 10);
  const mistakes = Object.fromEntries([...results].sort(([a], [b]) => (a < b ? -1 : 1)));
  const file: SimMutants = { commit, date, seeds, mistakes };
  writeFileSync(values.out, `${JSON.stringify(file, null, 2)}\n`);
}
