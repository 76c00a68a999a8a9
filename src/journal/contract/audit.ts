/** Tests the rules that every journal must follow for the audit log. */
import assert from "node:assert/strict";
import type { AuditEntry } from "../../engine/ports.ts";
import { breakAt } from "../audit-chain.ts";
import type { JournalCase, JournalHarness } from "./harness.ts";

const entryOf = (subject: string): AuditEntry => ({
  action: "user.added",
  actor: "bob",
  subject,
  details: { note: "größer, „schöner“ 🚀\n", b: "2", a: "1" },
});

/** Reads the whole log in pages, checks each record against the one before, and returns the subjects. */
const verified = async ({ journal }: JournalHarness): Promise<string[]> => {
  const subjects: string[] = [];
  let last: Awaited<ReturnType<typeof journal.readAudit>>[number] | null = null;
  for (;;) {
    const page = await journal.readAudit(last?.seq ?? 0, 7);
    if (page.length === 0) return subjects;
    for (const record of page) {
      assert.equal(breakAt(record, last), null, `record ${record.seq}`);
      subjects.push(record.subject);
      last = record;
    }
  }
};

export const AUDIT_CASES: readonly JournalCase[] = [
  {
    name: "audit records are numbered from 1, read back as they were written, and chained",
    run: async (harness) => {
      const { journal } = harness;
      assert.deepEqual(await journal.readAudit(0, 10), []);
      const first = await journal.appendAudit(entryOf("ada"));
      const second = await journal.appendAudit({ ...entryOf("eve"), details: {} });
      assert.deepEqual([first.seq, second.seq], [1, 2]);
      assert.equal(first.previous, "0".repeat(64));
      assert.equal(second.previous, first.hash);
      assert.deepEqual(await journal.readAudit(0, 10), [first, second]);
      assert.deepEqual(await journal.readAudit(1, 10), [second]);
      assert.deepEqual(await journal.readAudit(0, 1), [first]);
      assert.deepEqual(await journal.readAuditBack(null, 10), [second, first]);
      assert.deepEqual(await journal.readAuditBack(null, 1), [second]);
      assert.deepEqual(await journal.readAuditBack(2, 10), [first]);
      assert.deepEqual(await journal.readAuditBack(1, 10), []);
      assert.deepEqual(await verified(harness), ["ada", "eve"]);
    },
  },
  {
    name: "50 concurrent audit records make one chain without a gap",
    run: async (harness) => {
      const names = Array.from({ length: 50 }, (_, at) => `user ${at}`);
      await Promise.all(names.map((name) => harness.journal.appendAudit(entryOf(name))));
      assert.deepEqual((await verified(harness)).sort(), [...names].sort());
    },
  },
];
