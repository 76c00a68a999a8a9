/**
 * Lists the test cases that every implementation of `Journal` and `Directory` must pass. They use only
 * node:assert, so that any test runner can run them.
 * @example
 * for (const { name, run } of JOURNAL_CONTRACT) test(name, async () => run(await freshHarness()));
 */
import { API_KEY_CASES } from "./contract/api-keys.ts";
import { AUDIT_CASES } from "./contract/audit.ts";
import { CACHE_CASES } from "./contract/cache.ts";
import { COMPACTION_CASES } from "./contract/compaction.ts";
import { DECISION_CASES } from "./contract/decisions.ts";
import { DIRECTORY_CASES } from "./contract/directory.ts";
import { FUNDING_CASES } from "./contract/funding.ts";
import type { JournalCase } from "./contract/harness.ts";
import { LEASE_CASES } from "./contract/leases.ts";
import { LIMIT_CASES } from "./contract/limits.ts";
import { NOTE_CASES } from "./contract/notes.ts";
import { OPERATION_CASES } from "./contract/operations.ts";
import { RECOVERY_CASES } from "./contract/recovery.ts";
import { REOPENING_CASES } from "./contract/reopening.ts";
import { RESTORE_CASES } from "./contract/restore.ts";
import { STEP_CASES } from "./contract/steps.ts";
import { TURN_CASES } from "./contract/turns.ts";
import { WEBHOOK_CASES } from "./contract/webhooks.ts";

export type { JournalCase } from "./contract/harness.ts";

/** Each case needs its own harness, with an empty journal. */
export const JOURNAL_CONTRACT: readonly JournalCase[] = [
  ...DIRECTORY_CASES,
  ...API_KEY_CASES,
  ...OPERATION_CASES,
  ...LEASE_CASES,
  ...STEP_CASES,
  ...REOPENING_CASES,
  ...CACHE_CASES,
  ...FUNDING_CASES,
  ...LIMIT_CASES,
  ...AUDIT_CASES,
  ...RECOVERY_CASES,
  ...RESTORE_CASES,
  ...COMPACTION_CASES,
  ...TURN_CASES,
  ...DECISION_CASES,
  ...WEBHOOK_CASES,
  ...NOTE_CASES,
];
