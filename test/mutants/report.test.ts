/** Tests how a run of the suites with a known mistake is judged. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readReport, verdictOf } from "../../mutants/report.ts";

test("a mistake is killed by a failed test alone, and suites without an end stop no further mistake", () => {
  const folder = mkdtempSync(join(tmpdir(), "cto-report-"));
  const file = join(folder, "report.json");
  try {
    expect(readReport(file)).toBeNull();
    const verdicts = [0, 1].map((numFailedTests) => {
      writeFileSync(
        file,
        JSON.stringify({ numTotalTests: 2, numFailedTests, success: numFailedTests === 0 }),
      );
      return verdictOf(readReport(file));
    });
    expect([verdictOf(null), ...verdicts]).toEqual(["NO END", "SURVIVED", "killed"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
