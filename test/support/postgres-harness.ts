/** Gives the journal's contract the ways through which its cases let time pass on PostgreSQL. */
import type { JournalHarness } from "../../src/journal/contract/harness.ts";
import type { PostgresJournal } from "../../src/journal/postgres/index.ts";

export const postgresHarness = (journal: PostgresJournal): JournalHarness => ({
  journal,
  expireLease: async (userId) => {
    await journal.pool.query("update cto.leases set expires_at = '-infinity' where user_id = $1", [userId]);
  },
  passDay: async (userId) => {
    const older = "update cto.spending set reserved_at = reserved_at - interval '25 hours'";
    await journal.pool.query(`${older} where user_id = $1`, [userId]);
  },
});
