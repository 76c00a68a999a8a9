/**
 * Runs a proxy in front of the test server. It forwards only one command at a time, over all connections.
 *
 * MongoDB changes one document atomically. The journal depends on that guarantee and on no other. FerretDB 1.24 reads the
 * document, changes it and writes it back without a lock, so that only a few of 50 concurrent increments survive. Behind
 * this proxy it has the same guarantee as MongoDB.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onMessages } from "./wire-messages.ts";

export type Door = { readonly port: number; close(): Promise<void> };

export const openDoor = async (serverPort: number): Promise<Door> => {
  let turn: Promise<unknown> = Promise.resolve();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    let answered: () => void = () => undefined;
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
        answered(); // The client is gone and does not wait for the answer.
      });
    }
    onMessages(client, (message) => {
      turn = turn.then(async () => {
        if (upstream.destroyed) return;
        const answer = new Promise<void>((resolve) => {
          answered = resolve;
        });
        upstream.write(message);
        await answer;
      });
    });
    onMessages(upstream, (message) => {
      client.write(message);
      answered();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
