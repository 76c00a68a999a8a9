/**
 * Runs a TCP proxy between a client and a server. A test can cut it and restore it; for the client, the server is then
 * unavailable.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Wire = {
  /** The server's URL through the proxy. */
  readonly url: string;
  /** Closes all connections, and refuses new ones. */
  cut(): void;
  mend(): void;
  /** Forwards new connections to another server, as a DNS name does after a failover. Open connections stay as they are. */
  redirect(url: string): void;
  close(): Promise<void>;
};

export async function wireTo(url: string): Promise<Wire> {
  let target = new URL(url);
  const open = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const wired = new URL(url);
  wired.hostname = "127.0.0.1";
  wired.port = String((server.address() as AddressInfo).port);
  const destroyAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: wired.href,
    cut() {
      isCut = true;
      destroyAll();
    },
    mend() {
      isCut = false;
    },
    redirect(other) {
      target = new URL(other);
    },
    async close() {
      server.close();
      destroyAll();
      await once(server, "close");
    },
  };
}
