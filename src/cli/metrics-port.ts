/** Serves a worker's metrics to Prometheus on a separate port, because a worker has no other HTTP server. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CTOError } from "../errors/index.ts";
import type { Metrics } from "../runtime/metrics.ts";

/**
 * Starts to serve the metrics.
 *
 * @param host a loopback address, unless other machines need the metrics: the port requires no key, and shows no
 * secrets
 * @throws `CTO_E_SERVER_FAILED`
 */
export async function openMetricsPort(
  { registry }: Metrics,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new CTOError("CTO_E_SERVER_FAILED", { reason: (error as Error).message });
  }
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/metrics`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
