/** Runs seeds 1 to N one after the other in this copy of the source, and says at which the simulator first objects. */
import { simulate } from "../sim/simulate.ts";

const seeds = Number(process.argv[2]);

for (let seed = 1; seed <= seeds; seed += 1) {
  const { violations } = await simulate({ seed });
  const [violation] = violations;
  if (violation === undefined) continue;
  console.log(JSON.stringify({ seed, violation }));
  process.exit(0);
}
console.log(JSON.stringify({ seed: null, violation: null }));
