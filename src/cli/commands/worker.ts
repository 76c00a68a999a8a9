/** `cto worker`: carries operations out until it is told to stop. */
import type { Command } from "commander";
import { createCTOWorker } from "../../jobs/cto-worker.ts";
import { action, withContext } from "../action.ts";
import { integer } from "../numbers.ts";
import { listenForStop } from "../until-stopped.ts";

export function addWorkerCommand(program: Command): void {
  program
    .command("worker")
    .option("--concurrency <n>", "operations at once (default: CTO_CONCURRENCY)", integer(1, 256))
    .description("run a worker until Ctrl-C or SIGTERM")
    .addHelpText("after", "\nExample:\n  $ cto worker --concurrency 8")
    .action(
      action<[], { concurrency?: number }>(async (terminal, _given, { concurrency }) => {
        const stop = listenForStop();
        await withContext(async (context) => {
          const worker = await createCTOWorker({ context, ...(concurrency ? { concurrency } : {}) });
          terminal.note(`Worker runs (queue: ${context.backend.kind}). Ctrl-C stops it.`);
          await stop.stopped;
          await worker.close();
        });
        stop.dispose();
        terminal.answer(
          { stopped: true },
          () => "Worker stopped; unfinished operations go on with the next one.",
        );
      }),
    );
}
