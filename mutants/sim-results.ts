/** What the simulator has seen of the known mistakes, as it is committed and as the docs show it. */
import { z } from "zod";
import { SIMULATED } from "./simulated.ts";

const found = z.strictObject({ seed: z.number().int().nullable(), violation: z.string().nullable() });
export type Found = z.infer<typeof found>;
export const foundSchema = found;

/** The run file, `docs/simulator.json`. */
export const simMutantsSchema = z.strictObject({
  commit: z.string(),
  date: z.iso.date(),
  /** So many seeds each. */
  seeds: z.number().int(),
  mistakes: z.record(z.string(), found),
});
export type SimMutants = z.infer<typeof simMutantsSchema>;

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The table in `docs/simulator.md`. A mistake that the file does not know was not run. */
export function mistakesTable({ commit, date, seeds, mistakes }: SimMutants): string {
  const rows = SIMULATED.map(({ name, mistake, hidden }) => {
    const result = mistakes[name];
    const where = result === undefined ? "not run" : (result.seed ?? "not seen");
    const what = result?.violation ?? (result === undefined ? "" : (hidden ?? "nobody knows why"));
    return `| ${name} | ${cell(mistake)} | ${where} | ${cell(what)} |`;
  });
  const seen = SIMULATED.filter(({ name }) => typeof mistakes[name]?.seed === "number").length;
  return [
    `${seen} of ${SIMULATED.length} are seen within ${seeds} seeds (run on ${date} at commit \`${commit}\`).`,
    "",
    "| mistake | what is wrong | first seen at seed | as, or why not |",
    "|---|---|---:|---|",
    ...rows,
  ].join("\n");
}
