/** Tests that the queue's process outlives connections that PostgreSQL ends. Vitest fails on an uncaught exception. */
import { createServer, type Server, type Socket } from "node:net";
import pg from "pg";
import { afterEach, expect, it } from "vitest";
import { createClockedBackend } from "../../src/queue/postgres-backend.ts";
import { openBoardQueue } from "../../src/queue/queues.ts";

/** A message of PostgreSQL's protocol. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATED = message("R", Buffer.alloc(4));
const READY = message("Z", Buffer.from("I"));
const ENDED = message("E", Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"));

let server: Server;

/**
 * Listens as a server that ends each connection once it is ready. Both messages come in one packet, as they do if the process
 * was busy when they came. A real server does this too seldom for a test.
 */
async function listen(): Promise<string> {
  server = createServer((socket: Socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(Buffer.concat([AUTHENTICATED, READY, ENDED])));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `postgres://cto@127.0.0.1:${address.port}/cto`;
}

afterEach(() => new Promise((resolve) => server.close(resolve)));

it("emits an error that nobody hears, on a client without a listener", async () => {
  const client = new pg.Client({ connectionString: await listen(), ssl: false });
  const thrown: unknown[] = [];
  const emit = client.emit.bind(client);
  client.emit = (event: string | symbol, ...given: unknown[]) => {
    if (event === "error" && client.listenerCount("error") === 0) {
      thrown.push(given[0]);
      return false;
    }
    return emit(event, ...given);
  };
  await client.connect();
  await expect.poll(() => thrown[0]).toMatchObject({ code: "57P01" });
});

it("fails to open a queue, and does not end the process", async () => {
  const queue = openBoardQueue({ kind: "postgres", connectionString: await listen() });
  await expect(queue.waitUntilReady()).rejects.toThrow();
  await queue.close();
});

it("opens the connection that listens, and does not end the process", async () => {
  const { connection } = createClockedBackend("cto", { connection: { connectionString: await listen() } });
  const client = await connection.getListenClient();
  expect(client).toBeInstanceOf(pg.Client);
  await connection.close();
});

it("keeps a listener on that connection while BullMQ closes it", async () => {
  const { connection } = createClockedBackend("cto", { connection: { connectionString: await listen() } });
  const client = (await connection.getListenClient()) as unknown as pg.Client;
  client.removeAllListeners();
  expect(client.listenerCount("error")).toBe(1);
  await connection.close();
});
