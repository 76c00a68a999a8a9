/** Defines the run file of the known mistakes in the simulator, and formats its table for the docs. */
import { z } from "zod";
import type { Simulated } from "./simulated.ts";

const found = z.strictObject({ seed: z.number().int().nullable(), violation: z.string().nullable() });
export type Found = z.infer<typeof found>;
export const foundSchema = found;

/** The schema of the run file `docs/simulator.json`. */
export const simMutantsSchema = z.strictObject({
  commit: z.string(),
  date: z.iso.date(),
  /** The number of seeds for each mistake. */
  seeds: z.number().int(),
  mistakes: z.record(z.string(), found),
});
export type SimMutants = z.infer<typeof simMutantsSchema>;

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Formats a table in `docs/simulator.md`. A mistake that is not in the file was not run. */
export function mistakesTable(
  all: readonly Simulated[],
  { commit, date, seeds, mistakes }: SimMutants,
): string {
  const rows = all.map(({ name, mistake, hidden }) => {
    const result = mistakes[name];
    const where = result === undefined ? "not run" : (result.seed ?? "not seen");
    const what = result?.violation ?? (result === undefined ? "" : (hidden ?? "nobody knows why"));
    return `| ${name} | ${cell(mistake)} | ${where} | ${cell(what)} |`;
  });
  const run = all.filter(({ name }) => mistakes[name] !== undefined);
  const seen = run.filter(({ name }) => typeof mistakes[name]?.seed === "number").length;
  return [
    `${run.length} of ${all.length} were run, and ${seen} of these are seen within ${seeds} seeds (on ${date} at commit \`${commit}\`).${run.length < all.length ? " The others are newer than this run." : ""}`,
    "",
    "| mistake | what is wrong | first seen at seed | as, or why not |",
    "|---|---|---:|---|",
    ...rows,
  ].join("\n");
}
