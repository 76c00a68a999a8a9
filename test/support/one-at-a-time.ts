/**
 * A door in front of the test server that lets in one command at a time, whatever connection it comes from.
 *
 * MongoDB changes one document atomically; the journal rests on that, and on nothing more. FerretDB 1.24 reads the
 * document, changes it and writes it back without a lock, so that of 50 concurrent increments a few are left. Behind
 * this door it has the guarantee that MongoDB has.
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
        answered(); // Nobody waits for the answer any more.
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
