/** Refuses a server that does not guarantee durable writes, which R1 requires. */
import type { Pool } from "pg";
import { z } from "zod";
import { CTOError } from "../../errors/index.ts";

const NEEDED = [
  // The `remote_*` values also wait for a standby after the local flush. `local` and `off` guarantee less than `on`.
  { setting: "synchronous_commit", valid: ["on", "remote_write", "remote_apply"], needed: "on" },
  { setting: "fsync", valid: ["on"], needed: "on" },
  { setting: "full_page_writes", valid: ["on"], needed: "on" },
];

const settings = z.array(z.object({ name: z.string(), setting: z.string() }));

/** @throws `CTO_E_JOURNAL_TOO_WEAK` */
export const checkDurability = async (pool: Pool): Promise<void> => {
  const answer = await pool.query("select name, setting from pg_settings where name = any($1)", [
    NEEDED.map(({ setting }) => setting),
  ]);
  const values = new Map(settings.parse(answer.rows).map(({ name, setting }) => [name, setting]));
  for (const { setting, valid, needed } of NEEDED) {
    const value = values.get(setting) ?? "unknown";
    if (!valid.includes(value)) throw new CTOError("CTO_E_JOURNAL_TOO_WEAK", { setting, value, needed });
  }
};
