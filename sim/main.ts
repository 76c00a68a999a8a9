/**
 * `npm run sim -- --seeds N [--seed X] [--verbose] [--out <file>]`: runs seeds through the simulator. The exit code is 1 if the
 * oracle found a violation. `--seed` alone runs that one seed. Both options run N seeds, starting at X. One seed in ten
 * also runs an open call; `npm run sim:calls` runs calls alone.
 */
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { commitNow } from "../scripts/commit-now.ts";
import { simulateCall } from "./calls/simulate.ts";
import { type Range, readOptions } from "./options.ts";
import { shrink } from "./shrink.ts";
import { type SimResult, simulate } from "./simulate.ts";
import {
  addCall,
  addResult,
  addSummary,
  emptySummary,
  formatSummary,
  hasCall,
  type Summary,
  toRunFile,
} from "./summary.ts";

/** How many failing seeds we shrink and print. For the others we print only the seed number. */
const SHOWN = 3;

/** The size of the young generation. A seed's garbage dies with the seed; if it fits, the collector copies little. */
const YOUNG_MIB = 32;

async function runRange({ from, count, step }: Range): Promise<Summary> {
  const sum = emptySummary();
  for (let at = 0; at < count; at += 1) {
    const seed = from + at * step;
    addResult(sum, await simulate({ seed }));
    if (hasCall(seed)) addCall(sum, await simulateCall(seed));
  }
  return sum;
}

/** Distributes the seeds over several processes: at most one per core, and at least 50 seeds for each. */
async function runParallel(from: number, count: number): Promise<Summary> {
  const lanes = Math.max(1, Math.min(availableParallelism(), Math.floor(count / 50)));
  if (lanes === 1) return runRange({ from, count, step: 1 });
  const sums = await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      runChild({ from: from + lane, count: Math.ceil((count - lane) / lanes), step: lanes }),
    ),
  );
  const sum = emptySummary();
  for (const part of sums) addSummary(sum, part);
  return sum;
}

function runChild(range: Range): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const execArgv = [...process.execArgv, `--max-semi-space-size=${YOUNG_MIB}`];
    const child = fork(fileURLToPath(import.meta.url), ["--range", JSON.stringify(range)], { execArgv });
    child.once("message", (sum) => resolve(sum as Summary));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`a simulating process ended with ${code}`)));
  });
}

function showSeed(result: SimResult): void {
  console.log(
    `seed ${result.seed}: ${result.operations} operations, ${result.legs} legs, ${result.lasted} virtual ms`,
  );
  console.log(`trace ${result.hash}`);
  for (const violation of result.violations) console.log(`VIOLATION ${violation}`);
}

async function showFailure(seed: number): Promise<void> {
  const result = await simulate({ seed });
  showSeed(result);
  const { bounds, disabled, result: small } = await shrink(seed, result);
  const needed = small.kinds.filter((kind) => !disabled.has(kind));
  console.log(
    `shrunk to at most ${bounds.operations} operations and ${bounds.legs} legs a user; it needs: ${needed.join(", ") || "no fault"}`,
  );
  const again = await simulate({ seed, bounds, disabled, print: (line) => console.log(`  ${line}`) });
  if (again.hash !== small.hash)
    throw new Error(`seed ${seed} has two histories: ${small.hash}, ${again.hash}`);
  console.log(`replayed to the same trace ${again.hash}`);
  console.log(`again: npm run sim -- --seed ${seed} --verbose\n`);
}

async function main(): Promise<void> {
  const values = readOptions();
  if (values.range !== undefined) {
    process.send?.(await runRange(values.range), () => process.disconnect());
    return;
  }
  const from = values.seed ?? 1;
  const count = values.seeds ?? (values.seed === undefined ? 1_000 : 1);
  if (count === 1) {
    const result = await simulate({
      seed: from,
      ...(values.verbose ? { print: (line) => console.log(line) } : {}),
    });
    showSeed(result);
    process.exitCode = result.violations.length > 0 ? 1 : 0;
    return;
  }
  const commit = values.out === undefined ? "" : commitNow();
  const started = performance.now();
  const sum = await runParallel(from, count);
  for (const seed of sum.failed.slice(0, SHOWN)) await showFailure(seed);
  console.log(formatSummary(sum));
  if (sum.failed.length > 0) console.log(`failing seeds: ${sum.failed.slice(0, 50).join(" ")}`);
  for (const seed of sum.failedCalls.slice(0, SHOWN))
    console.log(`a call has failed: npm run sim:calls -- --seed ${seed} --verbose`);
  console.log(`took ${((performance.now() - started) / 1000).toFixed(1)} s`);
  if (values.out !== undefined)
    writeFileSync(values.out, `${JSON.stringify(toRunFile(sum, commit), null, 2)}\n`);
  process.exitCode = sum.violations > 0 ? 1 : 0;
}

await main();
