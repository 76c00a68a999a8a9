/**
 * Tests a route that begins with an aggregator which is down, limits the rate or returns nonsense: the rest of the
 * route still works.
 */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";
import { openVenueStage } from "./stage.ts";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;
let server: Server | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

/** Answers 429. The limit ends within the current second. */
const limiting = (response: ServerResponse): unknown =>
  response.writeHead(429, { "x-ratelimit-reset": String(Math.ceil(Date.now() / 1_000)) }).end();

describeWithPrograms("a route whose first venue is Jupiter", (folder) => {
  it.each<[what: string, answer: (response: ServerResponse) => unknown]>([
    ["is down", (response) => response.writeHead(503).end()],
    ["refuses the key", (response) => response.writeHead(401).end('{"error":"Unauthorized"}')],
    ["limits the rate", limiting],
    ["answers nonsense", (response) => response.writeHead(200).end("<html>")],
  ])("goes on to the program itself when it %s", async (_what, answer) => {
    const opened = await openVenueStage(folder, "pumpfun", "token", { buyers: 2 });
    stage = opened.stage;
    let asked = 0;
    server = createServer((_request, response) => {
      asked += 1;
      answer(response);
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const { rpcUrl, wsUrl } = stage.localnet;
    const { genesisHash } = stage.localnet.cluster.ledger;
    const jupiterUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeLocalnetAddress(stage.config, { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl });
    worker = await createCTOWorker({ context: stage.context });
    const job = {
      userId: stage.userId,
      userChatId: 1,
      tokenAddress: opened.mint,
      buyAmount: 0.2,
      mode: "standard" as const,
      platform: "unknown",
    };
    const { jobId } = await enqueue(stage.context, job, 0, {});
    const ended = await stage.ended(jobId);
    expect(ended).toMatchObject({ status: "completed", result: { landed: 2, venue: "pumpfun" } });
    expect([...landings(stage.localnet.cluster, jobId).values()]).toEqual([1, 1]);
    expect(asked).toBeGreaterThan(0);
  });
});
