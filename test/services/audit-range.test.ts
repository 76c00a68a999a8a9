/** Tests which records of the audit log a person gets. */
import { expect, it } from "vitest";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { readAuditRange } from "../../src/services/audit.ts";

it("the last records, the newest at the end, or those after a number", async () => {
  const journal = createMemoryJournal({ now: () => new Date(0) });
  for (const subject of ["a", "b", "c", "d"])
    await journal.appendAudit({ action: "user.added", actor: "bob", subject, details: {} });
  const subjects = async (range: Parameters<typeof readAuditRange>[1]) =>
    (await readAuditRange({ journal }, range)).map(({ subject }) => subject);
  expect(await subjects({ last: 2 })).toEqual(["c", "d"]);
  expect(await subjects({ last: 9 })).toEqual(["a", "b", "c", "d"]);
  expect(await subjects({ after: 1, limit: 2 })).toEqual(["b", "c"]);
});
