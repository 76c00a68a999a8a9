/**
 * `npm run hostile -- --mutations N [--seed X] [--without policy|simulation|both]`: mutates honest buys and sends them through
 * composing, policy and simulation on the real programs; ends with 1 when any wallet lost something that was not asked.
 * With `--seed` alone, that one mutation.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { newestPrograms } from "../test/support/programs.ts";
import { openHostileMarket } from "./market.ts";
import { aimAt, type Report, runMutations, type Without } from "./run.ts";

type Options = { mutations?: number; seed?: number; without?: Without };

/** Losses that are told in full; the others are only counted. */
const SHOWN = 10;

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("a whole number");
  return value;
};

const optionsOf = (): Options =>
  new Command("npm run hostile --")
    .description("Mutates honest buys, and ends with 1 when a wallet lost something that was not asked.")
    .option("--mutations <n>", "so many; by default 1000, or one where --seed is given", whole)
    .option("--seed <n>", "the first seed, by default 1", whole)
    .addOption(
      new Option("--without <gate>", "switches a gate off: then losses are to be expected").choices([
        "policy",
        "simulation",
        "both",
      ]),
    )
    .parse()
    .opts<Options>();

function show({ tally, losses }: Report, without: Without | undefined): void {
  console.log(`mutations              ${tally.mutations}`);
  console.log(`not composed           ${tally.notComposed}`);
  console.log(
    `refused by policy      ${without === "policy" || without === "both" ? "off" : tally.refusedByPolicy}`,
  );
  console.log(
    `refused by simulation  ${without === "simulation" || without === "both" ? "off" : tally.refusedBySimulation}`,
  );
  console.log(`harmless               ${tally.harmless}`);
  console.log(`losses                 ${tally.losses}`);
  for (const { seed, buy, lost } of losses.slice(0, SHOWN))
    console.log(`  seed ${seed}, ${buy}: ${lost.join("; ")}`);
}

async function main(): Promise<void> {
  const { mutations, seed, without } = optionsOf();
  const folder = newestPrograms();
  if (folder === null) throw new Error("there are no program binaries; `cto programs fetch` gets them");
  await using market = await openHostileMarket(folder);
  const count = mutations ?? (seed === undefined ? 1_000 : 1);
  const started = performance.now();
  const report = await runMutations(await aimAt(market), { from: seed ?? 1, count, without });
  show(report, without);
  console.log(`took ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  process.exitCode = report.tally.losses > 0 ? 1 : 0;
}

await main();
