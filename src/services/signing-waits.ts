/**
 * Shares with servers and the command line why workers sign nothing although nobody has halted them: the journal's age
 * cannot be proved. Unlike a halt, this ends by itself once it is proved.
 */
import type { SharedCache } from "../engine/ports.ts";

type Cached = { readonly journal: SharedCache };

const ENTRY = "signing-waits";

/** Longer than the pause between two checks of a worker, so that the reason lasts while the worker runs, ms. */
const KEPT_MS = 180_000;

/** @param reason null if workers sign */
export const noteSigningWaits = ({ journal }: Cached, reason: string | null): Promise<void> =>
  journal.writeCached(ENTRY, reason ?? "", reason === null ? 1 : KEPT_MS);

/** Returns null if workers sign, or if no worker has run for three minutes. */
export const whySigningWaits = async ({ journal }: Cached): Promise<string | null> =>
  (await journal.readCached(ENTRY)) || null;
