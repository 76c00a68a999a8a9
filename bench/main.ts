/**
 * Runs the bench: `npm run bench` runs every row, `npm run bench -- <name> ...` only the named ones. It prints a table and
 * updates `bench/results.json`. There, rows that did not run keep their earlier results. docs/performance.md explains the rows.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Figure, HEAD, type Row, toLine } from "./figures.ts";
import { baseline } from "./rows/baseline.ts";
import { build } from "./rows/build.ts";
import { enqueue } from "./rows/enqueue.ts";
import { fairness } from "./rows/fairness.ts";
import { journal } from "./rows/journal.ts";
import { latency } from "./rows/latency.ts";
import { memory } from "./rows/memory.ts";
import { rpc } from "./rows/rpc.ts";
import { throughput } from "./rows/throughput.ts";

const ROWS: readonly Row[] = [build, journal, rpc, baseline, fairness, latency, enqueue, memory, throughput];
const RESULTS = fileURLToPath(new URL("./results.json", import.meta.url));

type Results = Record<string, { about: string; measuredAt: string; figures: Figure[] }>;

const readResults = async (): Promise<Results> =>
  JSON.parse(await readFile(RESULTS, "utf8").catch(() => "{}")) as Results;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(", ")}; there are ${ROWS.map(({ name }) => name).join(", ")}`);
  process.exit(1);
}
console.log(HEAD);
for (const row of ROWS) {
  if (asked.length > 0 && !asked.includes(row.name)) continue;
  const figures = await row.run();
  for (const figure of figures) console.log(toLine(row.name, figure));
  const results = await readResults();
  results[row.name] = { about: row.about, measuredAt: new Date().toISOString().slice(0, 10), figures };
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}
process.exit(0);
