/** What one message of a socket's client costs, in reads of the journal. */
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Socket } from "socket.io";
import { type Socket as ClientSocket, io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEventFeeds } from "../../src/queue/event-feeds.ts";
import { openDeliveries } from "../../src/server/socket/deliveries.ts";
import { openOutbox } from "../../src/server/socket/outbox.ts";
import { openTestApi, type TestApi } from "./test-api.ts";

describe("a client with the hundred subscriptions that it may have", () => {
  it("costs no read of the journal per answer that it is sent", async () => {
    let reads = 0;
    const journal = {
      async readEvents() {
        reads += 1;
        return [];
      },
      async readOperation() {
        reads += 1;
        return null;
      },
    };
    const feeds = createEventFeeds(journal, () => ({ on: () => () => undefined }));
    const conn = new EventEmitter();
    const outbox = openOutbox({ conn } as unknown as Pick<Socket, "conn">, {}, () => deliveries.resume());
    const deliveries = openDeliveries(
      { journal, feeds } as unknown as Parameters<typeof openDeliveries>[0],
      () => undefined,
      outbox.isReady,
    );
    for (let index = 0; index < 100; index += 1) deliveries.follow(`op_${index}`, 0);
    await sleep(200);
    const before = reads;
    // Twenty answers, such as those to refused messages, which no limit counts.
    for (let index = 0; index < 20; index += 1) {
      conn.emit("packetCreate");
      conn.emit("flush", [1]);
      await sleep(5);
    }
    deliveries.close();
    outbox.close();
    await feeds.close();
    // The feeds' own pauses may end once in this time.
    expect(reads - before).toBeLessThanOrEqual(200);
  });
});

describe("a client that joins a room", () => {
  let api: TestApi;
  let socket: ClientSocket;
  beforeAll(async () => {
    api = await openTestApi();
    const url = await api.app.listen({ host: "127.0.0.1", port: 0 });
    socket = io(url, {
      auth: { key: api.key("read", "bob") },
      forceNew: true,
      reconnection: false,
      transports: ["websocket"],
    });
    await new Promise<void>((resolve, reject) => {
      socket.on("connect", resolve);
      socket.on("connect_error", reject);
    });
  });
  afterAll(async () => {
    socket?.disconnect();
    await api?.close();
  });

  it("cannot have the journal read hundreds of thousands of times with the messages of ten seconds", async () => {
    const { journal } = api.stage.context;
    const real = journal.readOperation;
    let reads = 0;
    journal.readOperation = async (id) => {
      reads += 1;
      return real.call(journal, id);
    };
    const after = Object.fromEntries(
      Array.from({ length: 1_500 }, (_, index) => [`op_${String(index).padStart(22, "1")}`, 1]),
    );
    await Promise.all(
      Array.from({ length: 20 }, () =>
        socket.timeout(60_000).emitWithAck("join", { socketUserId: "x", after }),
      ),
    );
    journal.readOperation = real;
    // Twenty of the two hundred messages that a key may send in ten seconds.
    expect(reads).toBeLessThanOrEqual(10_000);
  });
});
