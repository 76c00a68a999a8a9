/** Defines the options that `cto localnet` and `cto start` share. */
import { type Command, Option } from "commander";
import type { Config } from "../config.ts";
import { MACHINE_NAMES, MACHINES, type MachineName } from "../localnet/index.ts";
import { forgetLocalnet } from "./forget-localnet.ts";
import { chainFile } from "./localnet-state.ts";
import { integer } from "./numbers.ts";
import {
  type LocalnetRunOptions,
  type ProgramFile,
  parseProgram,
  type RunningLocalnet,
} from "./run-localnet.ts";

export type LocalnetFlags = {
  port: number;
  cluster: MachineName;
  slotMs?: number;
  latencyMs: number;
  loadProgram: ProgramFile[];
  programs?: string;
  snapshot?: string;
  fresh: boolean;
  deskPort: number;
};

/** The option that chooses the machine which the localnet simulates. */
export const clusterOption = (): Option =>
  new Option("--cluster <machine>", "Solana as it is today, or as it was until 2026")
    .choices(MACHINE_NAMES)
    .default("today");

/** Returns a machine's settings, with another slot time if one is given. */
export const machineOf = ({ cluster, slotMs }: { cluster: MachineName; slotMs?: number }) => ({
  ...MACHINES[cluster],
  ...(slotMs === undefined ? {} : { slotMs }),
});

const collect = (text: string, sofar: ProgramFile[]): ProgramFile[] => [...sofar, parseProgram(text)];

export const addLocalnetOptions = (command: Command): Command =>
  command
    .option(
      "--port <n>",
      "of the localnet's RPC; the next one serves WebSockets; 0: any",
      integer(0, 65_534),
      8899,
    )
    .addOption(clusterOption())
    .option("--slot-ms <ms>", "time between slots (default: the cluster's)", integer(10, 60_000))
    .option("--latency-ms <ms>", "added to every RPC request", integer(0, 60_000), 0)
    .option("--load-program <address=path>", "load a program binary; may be given again", collect, [])
    .option(
      "--programs <folder>",
      "load the program binaries and accounts of this folder (default: <CTO_HOME>/programs, where there is one)",
    )
    .option(
      "--snapshot <file>",
      "continue from this file if it exists, and save to it (default: <CTO_HOME>/localnet.chain)",
    )
    .option("--fresh", "begin a new localnet and a new journal; the old ones are moved aside", false)
    .option("--desk-port <n>", "of the desk, the localnet's market maker; 0: any", integer(0, 65_535), 0);

export const toLocalnetOptions = (
  config: Pick<Config, "CTO_HOME">,
  flags: LocalnetFlags,
): LocalnetRunOptions => ({
  port: flags.port,
  ...machineOf(flags),
  latencyMs: flags.latencyMs,
  programs: flags.loadProgram,
  deskPort: flags.deskPort,
  ...(flags.programs === undefined ? {} : { programsFolder: flags.programs }),
  keep: { file: flags.snapshot ?? chainFile(config), machine: flags.cluster },
});

/** With `--fresh`, moves the old localnet and journal aside. Returns what a person should read about it. */
export async function beginFresh(config: Config, { fresh, snapshot }: LocalnetFlags): Promise<string[]> {
  if (!fresh) return [];
  const kept = await forgetLocalnet(config, snapshot ?? chainFile(config));
  return ["Fresh    a new localnet and a new journal", ...kept.map((path) => `Kept     ${path}`)];
}

/** Says what an earlier run has left, and what a crash may have cost. */
export const describeSaved = ({ saved }: Pick<RunningLocalnet, "saved">): string[] => {
  if (saved === null) return [];
  if (saved.stopped) return [`Localnet goes on from ${saved.savedAt}`];
  return [
    `Localnet goes on from ${saved.savedAt}. It was not stopped cleanly: what landed after that is lost on its chain, not in`,
    "         the journal. --fresh begins both anew.",
  ];
};
