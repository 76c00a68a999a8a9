/**
 * Says why workers sign nothing although nobody has halted them: the journal is a copy whose restore is not declared, or
 * its age cannot be proved. Unlike a halt, this ends by itself once the restore is declared, or the age is proved. The
 * second one workers share with servers and the command line.
 */
import type { Journal, SharedCache } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

type Cached = { readonly journal: SharedCache };
type Copied = { readonly journal: SharedCache & Pick<Journal, "whyCopied"> };

const ENTRY = "signing-waits";

/** Longer than the pause between two checks of a worker, so that the reason lasts while the worker runs, ms. */
const KEPT_MS = 180_000;

/** @param reason null if workers sign */
export const noteSigningWaits = ({ journal }: Cached, reason: string | null): Promise<void> =>
  journal.writeCached(ENTRY, reason ?? "", reason === null ? 1 : KEPT_MS);

/** Returns null if workers sign, or if no worker has run for three minutes to prove the journal's age. */
export const whySigningWaits = async ({ journal }: Copied): Promise<string | null> => {
  const reason = await journal.whyCopied();
  if (reason === null) return (await journal.readCached(ENTRY)) || null;
  const { code, message } = new CTOError("CTO_E_JOURNAL_COPIED", { reason });
  return `${code}: ${message}`;
};
