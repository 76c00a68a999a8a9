/**
 * Tests an aggregator's routes that do not fit into a transaction with their memo: we request shorter routes until one
 * fits.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Address, generateKeyPairSigner, lamports } from "@solana/kit";
import { afterEach, describe, expect, it } from "vitest";
import { writeLocalnetAddress } from "../../src/runtime/cluster-address.ts";
import { enqueue } from "../../src/services/operations.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { landings } from "../support/ledger.ts";
import { openStage, type Stage } from "../support/stage.ts";
import { exceptBuys } from "../support/unjudged.ts";

let stage: Stage | undefined;
let worker: CTOWorker | undefined;
let server: Server | undefined;

afterEach(async () => {
  await worker?.close();
  await stage?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

type Asked = { readonly maxAccounts: number; readonly amount: string };

/** A stage whose desk adds unused accounts to its swaps. `paddingOf` returns their number. */
async function openStageWith(
  paddingOf: (asked: Asked) => number,
  versionOne: boolean,
): Promise<{ opened: Stage; asked: Asked[]; padding: readonly Address[] }> {
  const opened = await openStage({ buyers: 3, localnet: { versionOne } });
  stage = opened;
  const asked: Asked[] = [];
  const padding = await Promise.all(
    Array.from({ length: 64 }, async () => (await generateKeyPairSigner()).address),
  );
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", opened.desk.url);
    const one = {
      maxAccounts: Number(url.searchParams.get("maxAccounts")),
      amount: url.searchParams.get("amount") ?? "",
    };
    asked.push(one);
    const answer = await fetch(url);
    const body = (await answer.json()) as { swapInstruction?: { accounts: unknown[] } };
    for (const pubkey of padding.slice(0, paddingOf(one)))
      body.swapInstruction?.accounts.push({ pubkey, isSigner: false, isWritable: false });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { rpcUrl, wsUrl } = opened.localnet;
  const { genesisHash } = opened.localnet.cluster.ledger;
  const jupiterUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeLocalnetAddress(opened.config, { pid: process.pid, rpcUrl, wsUrl, genesisHash, jupiterUrl });
  worker = await createCTOWorker({
    context: opened.context,
    // The policy would refuse the added accounts, so it does not check buys here.
    wrapPorts: (ports) => ({ ...ports, policy: exceptBuys(ports.policy) }),
  });
  return { opened, asked, padding };
}

async function buy({ context, userId, mint, ended, localnet }: Stage, buyAmount: number) {
  const job = {
    userId,
    userChatId: 1,
    tokenAddress: mint,
    buyAmount,
    mode: "standard" as const,
    platform: "jupiter",
  };
  const { jobId } = await enqueue(context, job, 0, { parallelism: 1 });
  const status = await ended(jobId);
  return { status, landed: [...landings(localnet.cluster, jobId).values()] };
}

describe("a route that is too long", () => {
  it.each([
    { limit: "the bytes of version 0", versionOne: false, share: 0.5 },
    { limit: "the accounts of version 1", versionOne: true, share: 1 },
  ])(
    "is asked for again over fewer accounts, until it is within $limit with the memo and its funding",
    async ({ versionOne, share }) => {
      const paddingOf = ({ maxAccounts }: Asked) => Math.floor(maxAccounts * share);
      const { opened, asked } = await openStageWith(paddingOf, versionOne);
      const { status, landed } = await buy(opened, 0.3);
      expect(status).toMatchObject({ status: "completed", result: { landed: 3, venue: "jupiter" } });
      expect(landed).toEqual([1, 1, 1]);
      const tried = [...new Set(asked.map(({ maxAccounts }) => maxAccounts))];
      expect(tried.length).toBeGreaterThan(1);
      expect(tried).toEqual([64, 56, 48, 40, 32, 24].slice(0, tried.length));
      // The price is requested again, and then every leg is bought with the same lower number of accounts.
      const last = asked.filter(({ maxAccounts }) => maxAccounts === tried.at(-1));
      expect(last.map(({ amount }) => amount)).toEqual(expect.arrayContaining(["300000000", "200000000"]));
      expect(last.filter(({ amount }) => amount === "100000000").length).toBeGreaterThanOrEqual(3);
    },
  );

  it("of one leg alone is made shorter for that leg", async () => {
    let legs = 0;
    const { opened, asked } = await openStageWith(({ maxAccounts, amount }) => {
      if (amount === "100000000") legs += 1;
      // The first leg's route is requested twice: to size all legs, and to sign. The third request is the
      // second leg's, and gets a longer route.
      return maxAccounts === 64 && legs === 3 ? 40 : 0;
    }, false);
    const { status, landed } = await buy(opened, 0.3);
    expect(status).toMatchObject({ status: "completed", result: { landed: 3 } });
    expect(landed).toEqual([1, 1, 1]);
    expect(new Set(asked.map(({ maxAccounts }) => maxAccounts))).toEqual(new Set([64, 56]));
  });

  it("of one leg alone that loads more bytes of accounts than the sample's is allowed to load them", async () => {
    let legs = 0;
    const { opened, padding } = await openStageWith(({ amount }) => {
      if (amount === "100000000") legs += 1;
      // See above: the third request is the second leg's.
      return legs === 3 ? 1 : 0;
    }, true);
    const [large] = padding;
    if (large === undefined) throw new Error("no padding");
    opened.localnet.cluster.setAccount({
      address: large,
      owner: "11111111111111111111111111111111" as Address,
      lamports: lamports(100_000_000_000n),
      data: new Uint8Array(8 * 1024 * 1024),
      executable: false,
    });
    const { status, landed } = await buy(opened, 0.3);
    expect(status).toMatchObject({ status: "completed", result: { landed: 3, venue: "jupiter" } });
    expect(landed).toEqual([1, 1, 1]);
  });
});
