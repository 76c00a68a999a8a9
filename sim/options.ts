/**
 * Parses the options of `npm run sim`. Wrong options end the process with 2, because 1 means that the oracle found a
 * violation.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";

/** A seed is a number of 32 bits. */
const number = z.coerce.number().int().min(0).max(0xffffffff);

/** The seeds of one of several processes: every `step`-th seed. */
const range = z.object({ from: number, count: number, step: number });
export type Range = z.infer<typeof range>;

export type Options = {
  readonly seeds?: number;
  readonly seed?: number;
  readonly verbose?: true;
  readonly out?: string;
  readonly range?: Range;
};

const whole =
  (least: number) =>
  (text: string): number => {
    const parsed = number.min(least).safeParse(text === "" ? undefined : text);
    if (!parsed.success) throw new InvalidArgumentError(`a whole number from ${least} to ${0xffffffff}`);
    return parsed.data;
  };

const BAD_USAGE = 2;

export const readOptions = (): Options =>
  new Command("npm run sim --")
    .description("Runs seeds through the simulator, and ends with 1 when the oracle found a violation.")
    .option("--seeds <n>", "so many seeds; by default 1000, or one where --seed is given", whole(1))
    .option("--seed <n>", "the first seed, by default 1", whole(0))
    .option("--verbose", "one seed's whole trace")
    .option("--out <file>", "writes the counts of several seeds there")
    .addOption(
      new Option("--range <json>").argParser((text) => range.parse(JSON.parse(text))).hideHelp(), // From itself.
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_USAGE))
    .parse()
    .opts<Options>();
