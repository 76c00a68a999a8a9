/** Serves the cluster on two neighbouring ports: HTTP (and WebSocket) on one, WebSocket on the next. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { WebSocketServer } from "ws";
import { CTOError } from "../errors/index.ts";
import type { Cluster } from "./cluster.ts";
import { serveSocket } from "./pubsub/connection.ts";

/** How often we try to find two neighbouring free ports. */
const MAX_TRIES = 50;

type Listening = { readonly port: number; close(): Promise<void> };

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/**
 * Binds the WebSocket port first, then the HTTP port just below it. If the HTTP port is in use, returns null when the
 * ports were our choice, and throws when the caller chose them.
 */
const tryPorts = async (
  http: FastifyInstance,
  sockets: Server,
  host: string,
  port: number,
): Promise<number | null> => {
  const socketPort = await listen(sockets, host, port === 0 ? 0 : port + 1);
  try {
    await http.listen({ host, port: socketPort - 1 });
    return socketPort - 1;
  } catch (error) {
    await Promise.all([closeServer(sockets), http.close()]);
    if (port === 0) return null;
    throw error;
  }
};

/**
 * Listens. Port 0 finds two free neighbouring ports. web3.js expects WebSockets on the RPC port + 1; the RPC port
 * accepts them too.
 *
 * @throws `CTO_E_LOCALNET_FAILED` if a port is in use.
 */
export const listenOn = async (
  cluster: Cluster,
  createHttp: () => FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<Listening> => {
  const wss = new WebSocketServer({ noServer: true });
  wss.on("connection", (socket) => serveSocket(cluster, socket));
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const http = createHttp();
    const sockets = createServer((_request, response) => response.writeHead(405).end());
    for (const server of [http.server, sockets]) {
      server.on("upgrade", (request, socket, head) => {
        wss.handleUpgrade(request, socket, head, (client) => wss.emit("connection", client, request));
      });
    }
    const found = await tryPorts(http, sockets, host, port).catch((error: unknown) => {
      const reason = `ports ${port} and ${port + 1} on ${host} cannot be used`;
      throw new CTOError("CTO_E_LOCALNET_FAILED", { reason }, { cause: error });
    });
    if (found === null) continue;
    const close = async (): Promise<void> => {
      for (const client of wss.clients) client.terminate();
      await Promise.all([http.close(), closeServer(sockets)]);
    };
    return { port: found, close };
  }
  throw new CTOError("CTO_E_LOCALNET_FAILED", { reason: `no two neighbouring free ports on ${host}` });
};
