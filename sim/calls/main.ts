/**
 * `npm run sim:calls -- --seeds N [--seed X] [--verbose]`: runs seeds of open calls. The exit code is 1 if the oracle
 * found a violation. `--seed` alone runs that one seed and prints its trace.
 */
import { readOptions } from "../options.ts";
import { simulateCall } from "./simulate.ts";

const { seed: first, seeds, verbose = false } = readOptions();
const from = first ?? 1;
const count = seeds ?? (first === undefined ? 1_000 : 1);
const statuses = new Map<string, number>();
let failed = 0;
let landed = 0;
let secondRounds = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const result = await simulateCall(seed, verbose ? { print: (line) => console.log(line) } : {});
  statuses.set(result.status, (statuses.get(result.status) ?? 0) + 1);
  landed += result.landed;
  if (result.rounds === 2) secondRounds += 1;
  if (result.violations.length > 0) failed += 1;
  for (const violation of result.violations) console.log(`seed ${seed}: VIOLATION ${violation}`);
}
const counts = [...statuses].map(([status, times]) => `${times} ${status}`).join(", ");
console.log(
  `${count} calls: ${counts}; ${landed} buys landed, ${secondRounds} second rounds, ${failed} violations`,
);
process.exitCode = failed > 0 ? 1 : 0;
