/** Refuses a server that does not guarantee durable writes, which R1 requires: at the start, and later as an outage. */
import { z } from "zod";
import { CTOError, isCTOError } from "../../errors/index.ts";

const NEEDED = [
  // The `remote_*` values also wait for a standby after the local flush. `local` and `off` guarantee less than `on`.
  { setting: "synchronous_commit", valid: ["on", "remote_write", "remote_apply"], needed: "on" },
  { setting: "fsync", valid: ["on"], needed: "on" },
  { setting: "full_page_writes", valid: ["on"], needed: "on" },
];

const settings = z.array(z.object({ name: z.string(), setting: z.string() }));

/** Runs one statement, and returns its rows. The settings are those of its connection. */
export type Ask = (text: string, values: unknown[]) => Promise<unknown[]>;

/** @throws `CTO_E_JOURNAL_TOO_WEAK` */
export const checkDurability = async (ask: Ask): Promise<void> => {
  const rows = await ask("select name, setting from pg_settings where name = any($1)", [
    NEEDED.map(({ setting }) => setting),
  ]);
  const values = new Map(settings.parse(rows).map(({ name, setting }) => [name, setting]));
  for (const { setting, valid, needed } of NEEDED) {
    const value = values.get(setting) ?? "unknown";
    if (!valid.includes(value)) throw new CTOError("CTO_E_JOURNAL_TOO_WEAK", { setting, value, needed });
  }
};

/**
 * Checks a journal that is open. Somebody may have changed a setting since it was opened, or the address may lead to another
 * server. That says nothing about an operation: workers wait, and go on when the setting is right again.
 *
 * @throws `CTO_E_JOURNAL_UNAVAILABLE`, with the weakness as its cause
 */
export const requireDurable = async (ask: Ask): Promise<void> => {
  try {
    await checkDurability(ask);
  } catch (error) {
    if (!isCTOError(error, "CTO_E_JOURNAL_TOO_WEAK")) throw error;
    throw new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason: error.message }, { cause: error });
  }
};

/** Returns the weakness behind an error of {@link requireDurable}. A person who opens a journal is told its own code. */
export const weaknessOf = (error: unknown): unknown =>
  isCTOError(error, "CTO_E_JOURNAL_UNAVAILABLE") && isCTOError(error.cause, "CTO_E_JOURNAL_TOO_WEAK")
    ? error.cause
    : undefined;
