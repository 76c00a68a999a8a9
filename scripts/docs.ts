/**
 * Generates the parts of `docs/` that follow from the code or from a committed run: errors, configuration, events, provider
 * methods, the known mistakes that the simulator finds, and the results of the bench with their plots.
 * With `--check` it writes nothing, and fails if they do not match the code.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { ROW_NAMES } from "../bench/row-names.ts";
import { mistakesTable, simMutantsSchema } from "../mutants/sim-results.ts";
import { SIMULATED, SIMULATED_CALLS, type Simulated } from "../mutants/simulated.ts";
import { describeConfig } from "../src/config.ts";
import { REGISTRY } from "../src/errors/index.ts";
import { NEEDS } from "../src/runtime/provider-needs.ts";
import { asyncApi } from "./docs/asyncapi.ts";
import { parseResults, plots, rowsOf } from "./docs/bench-plots.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

const errors = `# Errors

Every error has a code that never changes meaning. \`cto errors <code>\` prints the same. This page is generated from
\`src/errors/registry.ts\` by \`npm run docs\`.

The kind says what the queue does about it. \`transient\`: the operation rests and is tried again. \`unknown\`: a read of the chain
failed, proves nothing, and is repeated. \`venueAway\`: the next venue may serve, and if none does, the operation rests.
\`nextVenue\`: the next venue of the route may serve. \`oversize\`: a shorter route, funding ahead of the buys, or the next venue may
help. \`final\`: only a person can change it, as the last column says.

| code | kind | cause | what to do |
|---|---|---|---|
${Object.entries(REGISTRY)
  .map(([code, { kind, cause, remedy }]) => `| \`${code}\` | ${kind} | ${cell(cause)} | ${cell(remedy)} |`)
  .join("\n")}
`;

const configuration = `# Configuration

All settings are environment variables, read once at start-up; a wrong one stops the process with
\`CTO_E_CONFIG_INVALID\`. An empty variable counts as unset. A variable that begins with \`CTO_\` and is not in this table is ignored, with a
warning that names it. \`cto doctor\` shows what is in force. This page is generated from \`src/config.ts\` by \`npm run docs\`.

| variable | default | meaning |
|---|---|---|
${describeConfig()
  .map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback} | ${cell(meaning)} |`)
  .join("\n")}
`;

const readFileOr = (file: string): string | null => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
};

/** Replaces the part of a page between its two marks. @throws if the page does not have these marks */
function between(page: string, mark: string, content: string): string {
  const [begin, end] = [`<!-- ${mark}: generated -->`, `<!-- ${mark}: end -->`];
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`there is no place for "${mark}"`);
  return `${before}${begin}\n${content}\n${end}${after}`;
}

const tableOf = (all: readonly Simulated[], file: string): string =>
  mistakesTable(all, simMutantsSchema.parse(JSON.parse(readFileSync(file, "utf8"))));

const simulator = between(
  between(readFileSync("docs/simulator.md", "utf8"), "mistakes", tableOf(SIMULATED, "docs/simulator.json")),
  "mistakes in calls",
  tableOf(SIMULATED_CALLS, "docs/simulator-calls.json"),
);

const operating = between(
  readFileSync("docs/operating.md", "utf8"),
  "provider",
  `| method | used for | without it |
|---|---|---|
${NEEDS.map(({ method, use, without }) => `| \`${method}\` | ${cell(use)} | ${without === null ? "nothing works" : cell(without)} |`).join("\n")}`,
);

const results = parseResults(readFileSync("bench/results.json", "utf8"));

const performance = between(
  readFileSync("docs/performance.md", "utf8"),
  "results",
  rowsOf(
    results,
    ROW_NAMES.filter((name) => name !== "scale"),
  ),
);

const scale = between(readFileSync("docs/scale.md", "utf8"), "scale", rowsOf(results, ["scale"]));

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

const check = process.argv.includes("--check");
const PLOTS = "docs/performance";
const drawn = plots(results);
mkdirSync(PLOTS, { recursive: true });
for (const file of readdirSync(PLOTS).map((name) => `${PLOTS}/${name}`)) {
  if (file in drawn) continue;
  if (!check) rmSync(file);
  else {
    console.error(`${file} belongs to no result: run \`npm run docs\``);
    process.exitCode = 1;
  }
}
for (const [file, content] of Object.entries({
  "docs/errors.md": errors,
  "docs/configuration.md": configuration,
  "docs/simulator.md": simulator,
  "docs/operating.md": operating,
  "docs/performance.md": performance,
  "docs/scale.md": scale,
  ...drawn,
  "docs/asyncapi.json": `${JSON.stringify(asyncApi(version), null, 2)}\n`,
})) {
  if (!check) writeFileSync(file, content);
  else if (readFileOr(file) !== content) {
    console.error(`${file} is not that of the code: run \`npm run docs\``);
    process.exitCode = 1;
  }
}
