/**
 * Checks at an interval for low balances. Of several workers, one checks in each interval: it writes the time of its check
 * into a note. If it dies, another one checks in the next interval.
 */
import type { Logger } from "pino";
import { z } from "zod";
import { every, type Task } from "../base/every.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";
import { listBalanceAlerts } from "../services/webhooks/balance-alerts.ts";
import { tellLowBalances } from "../services/webhooks/low-balances.ts";

const CHECK_MS = 60_000;
const KEY = "balance-looked";
/** The workers' clocks and intervals are not exactly equal. A turn is taken when most of the interval has passed. */
const TURN_PERCENT = 90;

/** Returns whether it is this worker's turn. */
async function takesTurn({ journal }: Pick<CTOContext, "journal">, everyMs: number): Promise<boolean> {
  const now = Date.now();
  const found = await journal.readNote(KEY);
  const last = found === null ? 0 : z.coerce.number().parse(found.value);
  // A time in the future comes from a wrong clock. We ignore it, because it would stop the checks.
  const isRecent = last <= now && now - last < (everyMs * TURN_PERCENT) / 100;
  if (isRecent) return false;
  return journal.writeNote(KEY, found?.version ?? 0, String(now));
}

export function startBalanceChecks(
  context: Pick<CTOContext, "journal">,
  { chain }: Pick<WorkerPorts, "chain">,
  { log, everyMs = CHECK_MS }: { log: Logger; everyMs?: number | undefined },
): Task {
  return every(everyMs, log, "low balances", async () => {
    if ((await listBalanceAlerts(context.journal)).size === 0) return;
    if (await takesTurn(context, everyMs)) await tellLowBalances(context, chain);
  });
}
