/** The options of `cto localnet`, which `cto start` has, too. */
import type { Command } from "commander";
import { integer } from "./numbers.ts";
import { type LocalnetRunOptions, type ProgramFile, parseProgram } from "./run-localnet.ts";

export type LocalnetFlags = {
  port: number;
  slotMs: number;
  latencyMs: number;
  loadProgram: ProgramFile[];
  programs?: string;
  snapshot?: string;
  deskPort: number;
};

const collect = (text: string, sofar: ProgramFile[]): ProgramFile[] => [...sofar, parseProgram(text)];

export const addLocalnetOptions = (command: Command): Command =>
  command
    .option("--port <n>", "of the RPC; the next one serves WebSockets; 0: any", integer(0, 65_534), 8899)
    .option("--slot-ms <ms>", "time between slots", integer(10, 60_000), 400)
    .option("--latency-ms <ms>", "added to every RPC request", integer(0, 60_000), 0)
    .option("--load-program <address=path>", "load a program binary; may be given again", collect, [])
    .option(
      "--programs <folder>",
      "load the program binaries and accounts of this folder (default: <CTO_HOME>/programs, where there is one)",
    )
    .option("--snapshot <file>", "start from this file if it exists, and save to it at the end")
    .option("--desk-port <n>", "of the desk, the localnet's market maker; 0: any", integer(0, 65_535), 0);

export const toLocalnetOptions = (flags: LocalnetFlags): LocalnetRunOptions => ({
  port: flags.port,
  slotMs: flags.slotMs,
  latencyMs: flags.latencyMs,
  programs: flags.loadProgram,
  deskPort: flags.deskPort,
  ...(flags.programs === undefined ? {} : { programsFolder: flags.programs }),
  ...(flags.snapshot === undefined ? {} : { snapshot: flags.snapshot }),
});
