/** Lets one process at a time start or stop the embedded server. */
import { lock } from "proper-lockfile";
import { CTOError } from "../../errors/index.ts";
import type { Layout } from "./layout.ts";

/** A killed holder is found out after this long. */
const STALE_MS = 10_000;

/** Longer than the slowest transition (`initdb` and a start on a slow disk) and a stale lock together. */
const RETRIES = { retries: 1200, minTimeout: 100, maxTimeout: 100, factor: 1 };

/**
 * Runs `task` while holding the lock on the layout's root directory, which must exist.
 * @throws `CTO_E_EMBEDDED_POSTGRES_FAILED` when the lock cannot be had within two minutes.
 */
export const withLock = async <T>(layout: Layout, task: () => Promise<T>): Promise<T> => {
  let compromised = false;
  const release = await lock(layout.root, {
    stale: STALE_MS,
    retries: RETRIES,
    // The default throws from a timer, which would end the process. Starting twice is harmless: PostgreSQL refuses it.
    onCompromised: () => {
      compromised = true;
    },
  }).catch((error: Error) => {
    throw new CTOError("CTO_E_EMBEDDED_POSTGRES_FAILED", {
      reason: `another process holds ${layout.root}.lock: ${error.message}`,
      logFile: layout.log,
    });
  });
  try {
    return await task();
  } finally {
    if (!compromised) await release();
  }
};
