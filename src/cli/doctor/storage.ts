/** Checks whether the journal and the queue can be opened, and reports their location and state. */
import { hasOwnSession } from "../../base/own-session.ts";
import type { Config } from "../../config.ts";
import { toFailure } from "../../errors/index.ts";
import { type CTOContext, openContext, openJournalAlone } from "../../runtime/context.ts";
import { requireHome } from "../../runtime/default-context.ts";
import { journalPlace, queuePlace } from "../../runtime/places.ts";
import { type Check, whyOf } from "./check.ts";
import { checkJournaled } from "./journaled.ts";
import { checkProduction } from "./production.ts";
import { checkServer } from "./server.ts";

const isQueueError = (code: string): boolean =>
  code.startsWith("CTO_E_QUEUE") || code.startsWith("CTO_E_CONFIG_REDIS");

/** A database that reads and refuses writes is useless, and many probes would not notice. So each probe writes. */
const writeTo = (journal: CTOContext["journal"]): Promise<void> =>
  journal.writeCached("health", "written by cto doctor", 60_000);

/** Checks the journal by itself after the queue failed: both may be in one database that refuses writes. */
async function checkJournalAlone(config: Config, place: string): Promise<Check> {
  try {
    const { journal, close } = await openJournalAlone(config);
    await writeTo(journal).finally(close);
    return { name: "journal", state: "ok", detail: place };
  } catch (error) {
    return { name: "journal", state: "broken", detail: `${place}: ${whyOf(error)}` };
  }
}

/** The journal works through a pool of transactions, but cannot look at each new connection. The queue does not work. */
async function checkPooler({ config, databaseUrl }: CTOContext): Promise<Check[]> {
  if (config.MONGODB_URI !== undefined || databaseUrl === null || (await hasOwnSession(databaseUrl)))
    return [];
  const detail =
    "DATABASE_URL leads to a pooler that gives each transaction another connection: a worker looks for another copy of the database once a second, and not at each new connection; connect directly, or use the pooler's session mode";
  return [{ name: "pooler", state: "weak", detail }];
}

/** Opens both as any other command does, and closes them. */
export async function checkStorage(config: Config, production = false): Promise<Check[]> {
  const journal = { name: "journal", detail: journalPlace(config) };
  const queue = { name: "queue", detail: queuePlace(config) };
  try {
    requireHome(config);
    const context = await openContext(config);
    try {
      await writeTo(context.journal);
      await context.queue.check();
      const operations = await context.journal.listOperations({
        statuses: ["waiting", "active"],
        limit: 1_000,
      });
      const counts = await context.queue.counts();
      return [
        { ...journal, state: "ok", detail: `${journal.detail}; ${operations.length} operations are open` },
        {
          ...queue,
          state: "ok",
          detail: `${queue.detail}; ${counts.active ?? 0} jobs active, ${counts.failed ?? 0} failed`,
        },
        ...(await checkPooler(context)),
        ...(await checkJournaled(context, production)),
        await checkServer(config, context),
        ...(production ? await checkProduction(config, context) : []),
      ];
    } finally {
      await context.close();
    }
  } catch (error) {
    const why = whyOf(error);
    if (!isQueueError(toFailure(error).code)) {
      return [
        { ...journal, state: "broken", detail: `${journal.detail}: ${why}` },
        { ...queue, state: "off", detail: `${queue.detail}: not looked at, because the journal comes first` },
        await checkServer(config, null),
        ...(production ? await checkProduction(config, null) : []),
      ];
    }
    return [
      await checkJournalAlone(config, journal.detail),
      { ...queue, state: "broken", detail: `${queue.detail}: ${why}` },
      await checkServer(config, null),
      ...(production ? await checkProduction(config, null) : []),
    ];
  }
}
