/**
 * Runs seeds 1 to N in this copy of the source, and prints the first seed for which the simulator finds a violation. With
 * `calls` as its second argument it is the simulator of open calls.
 */
import { simulateCall } from "../sim/calls/simulate.ts";
import { simulate } from "../sim/simulate.ts";

const seeds = Number(process.argv[2]);
const run = process.argv[3] === "calls" ? simulateCall : (seed: number) => simulate({ seed });

for (let seed = 1; seed <= seeds; seed += 1) {
  const { violations } = await run(seed);
  const [violation] = violations;
  if (violation === undefined) continue;
  console.log(JSON.stringify({ seed, violation }));
  process.exit(0);
}
console.log(JSON.stringify({ seed: null, violation: null }));
