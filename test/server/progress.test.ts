/**
 * Tests event streams over two servers and a worker in separate processes: a client gets each event once and in order,
 * also after a restart.
 */
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createApiKey } from "../../src/services/api-keys.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { startWorkerProcess, type WorkerProcess } from "../support/worker-process.ts";

const redisUrl = inject("testRedisUrl");
const BACKENDS = [
  { name: "PostgreSQL", options: {} },
  { name: "Redis", options: redisUrl === null ? null : { redisUrl } },
] as const;

type Heard = { readonly jobId: string; readonly seq: number; readonly type: string };

const MESSAGES = ["cto:progress", "cto:leg", "cto:result"] as const;

const connect = (url: string, key: string, options = {}): Socket =>
  io(url, { auth: { key }, transports: ["websocket"], forceNew: true, reconnection: false, ...options });

/** Ends the connection like a killed process: without a closing message. */
const kill = (socket: Socket): void => {
  const { transport } = socket.io.engine as unknown as {
    transport: { ws: { terminate?(): void; close(): void } };
  };
  if (transport.ws.terminate) transport.ws.terminate();
  else transport.ws.close();
  socket.disconnect();
};

const hearAll = (socket: Socket, listener: (event: Heard) => void): void => {
  for (const name of MESSAGES) socket.on(name, listener);
};

/** Opens one connection, follows the events after `after`, and kills the connection at the first event. */
const hearOne = (url: string, key: string, operationId: string, after: number): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const socket = connect(url, key);
    hearAll(socket, (event) => {
      kill(socket);
      resolve(event); // Later events are lost with the connection.
    });
    socket.on("connect_error", reject);
    socket.on("connect", () => socket.emit("subscribe", { operationId, after }));
  });

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe.each(BACKENDS)(
  "two servers and a worker, each a process, with the queue on $name",
  ({ options }) => {
    let stage: Stage;
    let worker: WorkerProcess;
    let servers: ServerProcess[];
    let key: string;

    beforeAll(async () => {
      if (options === null) return;
      stage = await openStage({ buyers: 10, localnet: { slotMs: 100 }, ...options });
      key = (await createApiKey(stage.context, { name: "test", scopes: ["read"], userId: stage.userId }))
        .secret;
      [worker, ...servers] = await Promise.all([
        startWorkerProcess(stage.env),
        startServerProcess(stage.env),
        startServerProcess(stage.env),
      ]);
    });
    afterAll(async () => {
      if (options === null) return;
      await Promise.all([worker, ...servers].map((process) => process.kill("SIGTERM")));
      await stage.close();
    });

    const begin = async (): Promise<string> => {
      const job = { userId: stage.userId, userChatId: 1, tokenAddress: stage.mint, buyAmount: 0.5 };
      const asked = { ...job, mode: "prefunded", platform: "auto", socketUserId: "room" };
      return (await enqueue(stage.context, asked, 0, { parallelism: 2 })).jobId;
    };

    it.skipIf(options === null)(
      "a client that is killed after every event, and asks the other server, hears each number once and in order",
      async () => {
        const id = await begin();
        const heard: Heard[] = [];
        while (heard.at(-1)?.type !== "result") {
          const server = servers[heard.length % servers.length];
          if (server === undefined) throw new Error("no server");
          heard.push(await hearOne(server.url, key, id, heard.at(-1)?.seq ?? 0));
        }
        expect(heard.length).toBeGreaterThan(20);
        expect(heard.map(({ seq }) => seq)).toEqual(numbers(heard.length));
        const stored = await stage.context.journal.readEvents(id, 0, 1_000);
        expect(heard.map(({ type }) => type)).toEqual(stored.map(({ type }) => type));
        expect((await stage.ended(id)).status).toBe("completed");
      },
    );

    it.skipIf(options === null)(
      "a client outlives the restart of its server in the middle of an operation without a gap or a double",
      async () => {
        const [server] = servers;
        if (server === undefined) throw new Error("no server");
        const { port } = new URL(server.url);
        const id = await begin();
        const heard: Heard[] = [];
        let ended: () => void = () => undefined;
        const over = new Promise<void>((resolve) => {
          ended = resolve;
        });
        const socket = connect(server.url, key, {
          reconnection: true,
          reconnectionDelay: 50,
          reconnectionDelayMax: 200,
        });
        socket.on("connect", () =>
          socket.emit("subscribe", { operationId: id, after: heard.at(-1)?.seq ?? 0 }),
        );
        const fourHeard = new Promise<void>((resolve) => {
          hearAll(socket, (event) => {
            heard.push(event);
            if (heard.length === 4) resolve();
            if (event.type === "result") ended();
          });
        });
        await fourHeard;
        await server.kill("SIGKILL");
        servers[0] = await startServerProcess(stage.env, Number(port));
        await over;
        socket.disconnect();
        expect(heard.map(({ seq }) => seq)).toEqual(numbers(heard.length));
      },
    );
  },
);
