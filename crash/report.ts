/**
 * Generates `docs/reliability.md` from the committed run files. With `--check` it writes nothing, and fails if the
 * page does not match the files.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { faultName, reliabilitySchema, type Tally } from "./results.ts";

const PAGE = "docs/reliability.md";
const CRASH = "docs/reliability.json";
/** The run file of a sweep with `--journal mongo`. It may be missing. */
const CRASH_MONGO = "docs/reliability-mongo.json";
const SIM = "docs/reliability-sim.json";

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

const table = (
  head: string,
  counts: Readonly<Record<string, Tally>>,
  nameOf = (key: string) => key,
): string =>
  [
    `| ${head} | points | runs | violations |`,
    "|---|---:|---:|---:|",
    ...Object.entries(counts).map(
      ([key, { points, runs, violations }]) => `| ${nameOf(key)} | ${points} | ${runs} | ${violations} |`,
    ),
  ].join("\n");

/** Formats the summary and the tables of one sweep. */
function sweep(file: string): { summary: string; tables: string } {
  const found = reliabilitySchema.parse(readJson(file));
  const { points, runs, violations } = found.total;
  const clusters = Object.keys(found.byCluster);
  const endings = Object.entries(found.endings).map(([status, count]) => `${count} ${status}`);
  const summary = `**${runs} distinct runs (point x fault x mode x queue) over ${points} points, ${violations} violations**, on ${found.date}
at commit \`${found.commit}\`: ${runs + found.notReached === found.cases ? "all" : "an evenly spread sample"} of the ${found.cases} cases that follow from the ports.
${found.notReached} further runs are not counted, because they ended before their point or had nothing that the fault could affect. Endings: ${endings.join(", ")}.
Attempts signed again after a provably dead one: ${found.resigned}.${clusters.length === 1 ? ` This sweep ran on \`${clusters[0]}\` alone.` : ""}`;
  const tables = [
    table("fault", found.byFault, faultName),
    table("port", found.byKind),
    table("mode", found.byMode),
    table("queue on", found.byBackend),
    table("cluster", found.byCluster),
  ].join("\n\n");
  return { summary, tables };
}

function crashSection(): string {
  const { summary, tables } = sweep(CRASH);
  return `## Crash sweep

${summary}

\`npm run crash\` runs real worker processes against the localnet, a real PostgreSQL and a real Redis. A point is the
moment before or after one call: of the journal, the keyring, the chain, the venues, the events, the queue, or of one
JSON-RPC method. The list of points comes from a recording of an undisturbed operation; nobody maintains it by hand.
Half of the cases run on each cluster: \`today\` is Solana as it is now (Alpenglow, version 1); \`tower\` is the older machine, where forks
may drop confirmed blocks. The fault happens at the point. Then the operation continues, in a new process if the first one is gone.

A ledger grades each run from the chain alone:

- Each leg landed at most once.
- Nothing was spent beyond the plan and its costs.
- Every transaction has its memo, and was in the journal before it landed.
- Exactly the legs that the journal calls landed are on chain.
- Every operation has ended or is in review.

An open call (mode \`call\`) is graded by rules of its own:

- No member bought twice, and no transaction is on chain that was not accepted, or sent by its member.
- Nothing is on chain unless signatures for the least were in hand and the release was journaled first.
- Nothing landed after the call had ended. Exactly the members that the journal calls landed are on chain.
- Every call has ended.

${tables}
`;
}

function mongoSection(): string {
  const { summary, tables } = sweep(CRASH_MONGO);
  return `## Crash sweep with the journal on MongoDB

${summary}

The same sweep with \`--journal mongo\`, against FerretDB 1.24 (SQLite handler), which speaks MongoDB's wire protocol and
runs behind a proxy that lets in one command at a time: see docs/adr/0007-mongodb-without-transactions.md.

${tables}
`;
}

const simSchema = z.record(z.string(), z.union([z.string(), z.number(), z.record(z.string(), z.number())]));

function simSection(): string {
  if (!existsSync(SIM)) return "";
  const rows = Object.entries(simSchema.parse(readJson(SIM))).map(([name, value]) => {
    const text =
      typeof value === "object"
        ? Object.entries(value)
            .map(([key, count]) => `${key} ${count}`)
            .join(", ")
        : value;
    return `| ${name} | ${text} |`;
  });
  const what = `\`npm run sim\` runs the engine's own code under virtual time, against seeded faults: see docs/simulator.md.`;
  return ["## Simulator", "", what, "", "| | |", "|---|---|", ...rows, ""].join("\n");
}

const page = [
  "# Reliability",
  "",
  "This page shows the test runs that look for a leg that lands twice, and their results. `npm run reliability` generates it from",
  "the run files beside it; no number is written by hand.",
  "",
  crashSection(),
  ...(existsSync(CRASH_MONGO) ? [mongoSection()] : []),
  simSection(),
]
  .join("\n")
  .trimEnd();

if (!process.argv.includes("--check")) writeFileSync(PAGE, `${page}\n`);
else if (!existsSync(PAGE) || readFileSync(PAGE, "utf8") !== `${page}\n`) {
  console.error(`${PAGE} is not that of the run files: run \`npm run reliability\``);
  process.exitCode = 1;
}
