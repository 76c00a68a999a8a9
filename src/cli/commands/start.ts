/**
 * Defines `cto start`, which runs everything in one process: the journal, the queue, a worker, the HTTP server, and a
 * localnet if no cluster is configured.
 */
import type { Command } from "commander";
import { type Config, isLoopback, readConfig } from "../../config.ts";
import { findCluster, isLocalnet, readLocalnetAddress } from "../../runtime/cluster-address.ts";
import { closeInTurn, openContext } from "../../runtime/context.ts";
import { closeAll } from "../../runtime/default-context.ts";
import { requireHomesJournal } from "../../runtime/home-journal.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { journalPlace, queuePlace } from "../../runtime/places.ts";
import { startServer } from "../../server/listen.ts";
import { adminKeyFile, ensureAdminKey } from "../../services/admin-key.ts";
import { createCTOWorker } from "../../worker/cto-worker.ts";
import { measureWorker } from "../../worker/measure-worker.ts";
import { action } from "../action.ts";
import {
  addLocalnetOptions,
  beginFresh,
  describeSaved,
  type LocalnetFlags,
  toLocalnetOptions,
} from "../localnet-options.ts";
import { readVersion, webRoot } from "../package.ts";
import { runLocalnet } from "../run-localnet.ts";
import { runTelegram } from "../run-telegram.ts";
import type { Terminal } from "../terminal.ts";
import { listenForStop } from "../until-stopped.ts";

/** Says that another process runs the localnet, because the person may not know about it. */
async function noteJoined(config: Config, terminal: Terminal): Promise<void> {
  const running = isLocalnet(config) ? await readLocalnetAddress(config) : null;
  if (running === null) return;
  terminal.note(
    `Joins    process ${running.pid}, which runs the localnet of ${config.CTO_HOME} already. The localnet ends`,
  );
  terminal.note(
    "         with that process. The options of the localnet that are given here have no effect.",
  );
}

/** Describes the running parts in words. Of URLs, it prints only the host. */
async function describe(config: Config): Promise<string[]> {
  const cluster = await findCluster(config);
  const hosts = cluster.urls.map((url) => new URL(url).host).join(", ");
  return [
    `Journal  ${journalPlace(config)}`,
    `Queue    ${queuePlace(config)}`,
    `Cluster  ${cluster.isLocalnet ? "localnet" : "Solana"} (${hosts})`,
    `Jupiter  ${new URL(cluster.jupiterUrl).host}`,
    `Worker   ${config.CTO_CONCURRENCY} operations at once`,
  ];
}

async function run(terminal: Terminal, flags: LocalnetFlags): Promise<void> {
  const config = readConfig();
  const stop = listenForStop();
  const closers: (() => Promise<unknown>)[] = [];
  try {
    await requireHomesJournal(config);
    for (const line of await beginFresh(config, flags)) terminal.note(line);
    const context = await openContext(config);
    closers.push(() => context.close());
    await noteJoined(config, terminal);
    const needsLocalnet = isLocalnet(config) && (await readLocalnetAddress(config)) === null;
    if (needsLocalnet) {
      const running = await runLocalnet(config, toLocalnetOptions(config, flags));
      for (const line of describeSaved(running)) terminal.note(line);
      closers.push(() => running.close());
    }
    const metrics = createMetrics({ ofProcess: true });
    const worker = await createCTOWorker({ context, wrapPorts: measureWorker(metrics) });
    closers.push(() => worker.close());
    // Only this machine can reach the server, and nothing on the localnet has value. We therefore create a first key.
    const hasAdminKey = isLocalnet(config) && isLoopback(config.CTO_HTTP_HOST);
    if (hasAdminKey) await ensureAdminKey(context);
    const server = await startServer(context, { version: readVersion(), webRoot: webRoot(), metrics });
    closers.push(() => server.close());
    const bot = await runTelegram(config, (problem) => terminal.note(`Telegram ${problem}`));
    // The bot uses the library's own context. We close that context after the bot has stopped.
    if (bot !== null) closers.push(closeAll, () => bot.stop());
    for (const line of await describe(config)) terminal.note(line);
    if (bot !== null)
      terminal.note(`Telegram ${config.TELEGRAM_WEBHOOK_URL === undefined ? "polled" : "calls"}`);
    terminal.note(`HTTP     ${server.url}`);
    if (hasAdminKey) terminal.note(`Key      in ${adminKeyFile(config)}`);
    terminal.note("Ready. Ctrl-C stops everything.");
    await stop.stopped;
  } finally {
    await closeInTurn(closers);
    stop.dispose();
  }
}

export function addStartCommand(program: Command): void {
  addLocalnetOptions(program.command("start"))
    .description(
      "run all in one: journal, queue, localnet (unless SOLANA_RPC_URL is set), worker, HTTP server",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ cto start --slot-ms 200\n  $ cto start --fresh\n  $ CTO_HTTP_PORT=3100 cto start    (the port of the HTTP server; default: 3000)",
    )
    .action(
      action<[], LocalnetFlags>(async (terminal, _given, flags) => {
        await run(terminal, flags);
        terminal.answer({ stopped: true }, () => "Stopped; unfinished operations go on with the next start.");
      }),
    );
}
