/** Defines `cto worker`, which executes operations until it is stopped. */
import type { Command } from "commander";
import { createMetrics } from "../../runtime/metrics.ts";
import { createCTOWorker } from "../../worker/cto-worker.ts";
import { measureWorker } from "../../worker/measure-worker.ts";
import { action, withContext } from "../action.ts";
import { openMetricsPort } from "../metrics-port.ts";
import { integer } from "../numbers.ts";
import { listenForStop } from "../until-stopped.ts";

type Options = { concurrency?: number; metricsPort?: number; metricsHost: string };

export function addWorkerCommand(program: Command): void {
  program
    .command("worker")
    .option("--concurrency <n>", "operations at once (default: CTO_CONCURRENCY)", integer(1, 256))
    .option(
      "--metrics-port <port>",
      "show metrics to Prometheus on this port, at /metrics",
      integer(0, 65_535),
    )
    .option("--metrics-host <address>", "where the metrics are shown", "127.0.0.1")
    .description("run a worker until Ctrl-C or SIGTERM")
    .addHelpText("after", "\nExample:\n  $ cto worker --concurrency 8")
    .action(
      action<[], Options>(async (terminal, _given, { concurrency, metricsPort, metricsHost }) => {
        const stop = listenForStop();
        await withContext(async (context) => {
          const metrics = createMetrics({ ofProcess: true });
          const shown =
            metricsPort === undefined
              ? null
              : await openMetricsPort(metrics, { host: metricsHost, port: metricsPort });
          try {
            const worker = await createCTOWorker({
              context,
              wrapPorts: measureWorker(metrics),
              ...(concurrency ? { concurrency } : {}),
            });
            terminal.note(`Worker runs (queue: ${context.backend.kind}). Ctrl-C stops it.`);
            if (shown) terminal.note(`Metrics  ${shown.url}`);
            await stop.stopped;
            await worker.close();
          } finally {
            await shown?.close();
          }
        });
        stop.dispose();
        terminal.answer(
          { stopped: true },
          () => "Worker stopped; unfinished operations go on with the next one.",
        );
      }),
    );
}
