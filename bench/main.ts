/**
 * Runs the bench: `npm run bench` runs every row, `npm run bench -- <name> ...` only the named ones. It prints a table and
 * updates `bench/results.json`. There, rows that did not run keep their earlier results. docs/performance.md explains the rows.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Figure, HEAD, type Row, say, toLine } from "./figures.ts";
import { ROW_NAMES, type RowName } from "./row-names.ts";
import { baseline } from "./rows/baseline.ts";
import { build } from "./rows/build.ts";
import { enqueue } from "./rows/enqueue.ts";
import { fairness } from "./rows/fairness.ts";
import { journal } from "./rows/journal.ts";
import { latency } from "./rows/latency.ts";
import { memory } from "./rows/memory.ts";
import { recovery } from "./rows/recovery.ts";
import { rpc } from "./rows/rpc.ts";
import { scale } from "./rows/scale.ts";
import { throughput } from "./rows/throughput.ts";

const ROWS: Readonly<Record<RowName, Row>> = {
  build,
  journal,
  rpc,
  baseline,
  fairness,
  latency,
  enqueue,
  recovery,
  memory,
  throughput,
  scale,
};
const RESULTS = fileURLToPath(new URL("./results.json", import.meta.url));

type Results = Record<string, { about: string; measuredAt: string; figures: Figure[] }>;

const readResults = async (): Promise<Results> =>
  JSON.parse(await readFile(RESULTS, "utf8").catch(() => "{}")) as Results;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in ROWS));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there are ${ROW_NAMES.join(", ")}`);
  process.exit(1);
}
console.log(HEAD);
const failed: RowName[] = [];
for (const name of ROW_NAMES) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const row = ROWS[name];
  say(row.name, row.about);
  const began = performance.now();
  const figures = await row.run().catch((error: unknown) => {
    // The other rows go on, and this one keeps its earlier result.
    console.error(error);
    failed.push(name);
    return null;
  });
  if (figures === null) continue;
  say(row.name, `took ${Math.round((performance.now() - began) / 1_000)} s`);
  for (const figure of figures) console.log(toLine(row.name, figure));
  const results = await readResults();
  results[row.name] = { about: row.about, measuredAt: new Date().toISOString().slice(0, 10), figures };
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}
if (failed.length > 0) console.error(`no result: ${failed.join(", ")}`);
process.exit(failed.length > 0 ? 1 : 0);
