/**
 * Prints where the time of processor profiles goes: `npm run bench:profile -- <folder>`, after a row that ran with
 * CTO_BENCH_PROFILE=<folder>. Shares are of the time in which the process was not idle.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const profileSchema = z.object({
  nodes: z.array(
    z.object({ id: z.number(), callFrame: z.object({ functionName: z.string(), url: z.string() }) }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const MOST = 25;
const IDLE = new Set(["(idle)", "(program)", "(root)"]);

/** Returns the package, the folder of our source, or the part of Node.js that a function is in. */
function placeOf({ url, functionName }: { readonly url: string; readonly functionName: string }): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  const own = /\/((?:src|bench)\/[^/]+(?:\/[^/.]+(?=\/))?)/.exec(url)?.[1];
  if (own !== undefined) return own;
  return url === "" ? functionName : url.replace(/^file:.*\//, "").replace(/^(node:[^/]+).*/, "$1");
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("which folder? CTO_BENCH_PROFILE named it");
  process.exit(1);
}
const byPlace = new Map<string, number>();
const byFunction = new Map<string, number>();
let whole = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))) {
  const { nodes, samples, timeDeltas } = profileSchema.parse(
    JSON.parse(readFileSync(join(folder, file), "utf8")),
  );
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id);
    const spent = timeDeltas[at] ?? 0;
    if (frame === undefined || IDLE.has(frame.functionName)) continue;
    const place = placeOf(frame);
    const name = `${frame.functionName || "(anonymous)"} in ${place}`;
    whole += spent;
    byPlace.set(place, (byPlace.get(place) ?? 0) + spent);
    byFunction.set(name, (byFunction.get(name) ?? 0) + spent);
  }
}
for (const [title, spent] of [
  ["where", byPlace],
  ["function", byFunction],
] as const) {
  console.log(`\n| ${title} | share |\n|---|---|`);
  for (const [name, time] of [...spent].sort((a, b) => b[1] - a[1]).slice(0, MOST))
    console.log(`| ${name} | ${((100 * time) / whole).toFixed(1)} % |`);
}
