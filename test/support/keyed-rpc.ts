/**
 * Runs a proxy in front of an RPC endpoint. Like providers' endpoints, it requires an API key in the path and in the
 * query.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export async function startKeyedRpc(
  rpcUrl: string,
  { path, query }: { path: string; query: string },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const isKeyed =
      request.url === `/${path}/?api-key=${query}` || request.url === `/${path}?api-key=${query}`;
    if (!isKeyed) return response.writeHead(401).end();
    const headers = { "content-type": "application/json" };
    const answer = await fetch(rpcUrl, { method: "POST", headers, body });
    return response.writeHead(answer.status, headers).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}?api-key=${query}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
