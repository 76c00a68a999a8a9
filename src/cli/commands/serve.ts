/** Defines `cto serve`, which runs the HTTP server alone. Workers run in other processes. */
import type { Command } from "commander";
import { createMetrics } from "../../runtime/metrics.ts";
import { startServer } from "../../server/listen.ts";
import { action, withContext } from "../action.ts";
import { readVersion, webRoot } from "../package.ts";
import { listenForStop } from "../until-stopped.ts";

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("run the HTTP server until Ctrl-C or SIGTERM (CTO_HTTP_HOST, CTO_HTTP_PORT)")
    .addHelpText("after", "\nExample:\n  $ cto serve")
    .action(
      action<[], object>(async (terminal) => {
        const stop = listenForStop();
        await withContext(async (context) => {
          const server = await startServer(context, {
            version: readVersion(),
            webRoot: webRoot(),
            metrics: createMetrics({ ofProcess: true }),
          });
          terminal.note(`HTTP     ${server.url} (the API: ${server.url}/docs). Ctrl-C stops it.`);
          await stop.stopped;
          await server.close();
        });
        stop.dispose();
        terminal.answer({ stopped: true }, () => "The HTTP server stopped; operations go on.");
      }),
    );
}
