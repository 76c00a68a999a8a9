/** Follows what has landed to `finalized`, after its operation has been answered; survives restarts by the journal. */
import type { Logger } from "pino";
import type { Ports } from "../engine/ports.ts";
import { ENGINE_DEFAULTS } from "../engine/settings.ts";
import { settleOperation } from "../engine/settle.ts";
import { every, type Task } from "./every.ts";

/** Bounds one round; the next one takes the rest, oldest first. */
const OPERATIONS_PER_ROUND = 50;

const { reviewAfterMs } = ENGINE_DEFAULTS;

/** Finality takes about 13 s on mainnet. */
const WATCH_MS = 30_000;

export const startSettler = (
  ports: Pick<Ports, "journal" | "chain" | "events" | "clock">,
  { log }: { log: Logger },
): Task =>
  every(500, log, "settler", async () => {
    const unsettled = await ports.journal.listUnsettled(OPERATIONS_PER_ROUND);
    await Promise.all(
      unsettled.map((operation) => settleOperation(ports, operation, { timeoutMs: WATCH_MS, reviewAfterMs })),
    );
  });
