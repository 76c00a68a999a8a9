/** Reads the report that vitest writes at its end. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const report = z.object({ numTotalTests: z.number(), numFailedTests: z.number(), success: z.boolean() });

export type Report = z.infer<typeof report>;

/** Returns null if the suites have not come to their end, for example because of a mistake that never ends. */
export const readReport = (file: string): Report | null =>
  existsSync(file) ? report.parse(JSON.parse(readFileSync(file, "utf8"))) : null;

export type Verdict = "killed" | "SURVIVED" | "NO END";

/** A suite without an end is no failed test: we do not know whether a test would have noticed the mistake. */
export const verdictOf = (found: Report | null): Verdict => {
  if (found === null) return "NO END";
  return found.numFailedTests > 0 ? "killed" : "SURVIVED";
};
