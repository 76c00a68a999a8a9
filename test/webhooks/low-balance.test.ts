/**
 * Tests `balance.low` on a real cluster, journal and queue: once for each crossing, whatever dies or lags, and without a
 * call per wallet.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { lamports } from "@solana/kit";
import { Webhook as Standard } from "standardwebhooks";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Config, readConfig } from "../../src/config.ts";
import type { Chain, Webhook } from "../../src/engine/ports.ts";
import { openChainPorts } from "../../src/runtime/chain-ports.ts";
import type { CTOContext } from "../../src/runtime/context.ts";
import { enqueue } from "../../src/services/operations.ts";
import { setWalletDisabled } from "../../src/services/wallets.ts";
import { setBalanceAlert, viewBalanceAlert } from "../../src/services/webhooks/balance-alerts.ts";
import { tellLowBalances } from "../../src/services/webhooks/low-balances.ts";
import { addWebhook, removeWebhook } from "../../src/services/webhooks/registry.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";
import { jsonOf, runCli } from "../cli/run-cli.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

const SOL = 1_000_000_000n;
const URL_OF_NOBODY = "https://example.org/hook";

let stage: Stage;
let config: Config;
let context: CTOContext;
let chain: Chain & { close(): void };
let webhook: Webhook;
let reads = 0;

beforeAll(async () => {
  stage = await openStage({ buyers: 3 });
  config = readConfig({ ...stage.env, CTO_WEBHOOKS_ALLOW_PRIVATE: "1" });
  context = { ...stage.context, config };
  const opened = (await openChainPorts(context)).chain;
  chain = {
    ...opened,
    fetchAccounts: (addresses) => {
      reads += 1;
      return opened.fetchAccounts(addresses);
    },
  };
  ({ webhook } = await addWebhook(context, { userId: "alice", url: URL_OF_NOBODY, events: ["balance.low"] }));
});
afterAll(async () => {
  chain?.close();
  await stage?.close();
});

const alert = (funding: bigint | null, buyer: bigint | null) =>
  setBalanceAlert(context, "alice", {
    fundingLamports: funding === null ? null : lamports(funding),
    buyerLamports: buyer === null ? null : lamports(buyer),
  });
const look = () => tellLowBalances(context, chain);
const told = async (id = webhook.id) =>
  (await context.journal.listDeliveries(id, 100))
    .reverse()
    .map(({ payload }) => JSON.parse(payload).data as { address: string; role: string; below: string });

it("reads nothing without a threshold, and once for all wallets with one", async () => {
  await look();
  expect(reads).toBe(0);
  await alert(101n * SOL, 6n * SOL);
  expect(await viewBalanceAlert(context, "alice")).toEqual({
    fundingLamports: 101n * SOL,
    buyerLamports: 6n * SOL,
  });
  await look();
  expect(reads).toBe(1);
  expect((await told()).map(({ address }) => address)).toEqual(
    [stage.funding, ...stage.buyers].map(({ address }) => address),
  );
  const [delivery] = (await context.journal.listDeliveries(webhook.id, 100)).reverse();
  expect(JSON.parse(delivery?.payload ?? "")).toMatchObject({
    type: "balance.low",
    data: {
      userId: "alice",
      walletId: stage.funding.id,
      role: "funding",
      lamports: String(100n * SOL),
      below: String(101n * SOL),
      slot: expect.stringMatching(/^\d+$/),
    },
  });
});

it("tells of each crossing once: not at every look, and again after the wallet was above", async () => {
  const [buyer] = stage.buyers;
  if (buyer === undefined) throw new Error("no buyer");
  await look();
  await Promise.all([look(), look()]);
  expect(await told()).toHaveLength(4);
  stage.localnet.cluster.airdrop(buyer.address, lamports(2n * SOL));
  const settled = async () =>
    (await chain.fetchAccounts([buyer.address])).accounts.get(buyer.address)?.lamports;
  await expect.poll(settled).toBe(7n * SOL);
  await look();
  expect(await told()).toHaveLength(4);
  await alert(101n * SOL, 8n * SOL);
  await Promise.all([look(), look()]); // Two workers at once.
  await look();
  expect((await told()).slice(4)).toMatchObject([{ address: buyer.address, below: String(8n * SOL) }]);
});

it("neither loses nor doubles a crossing when a worker dies, nor believes an endpoint that lags or fails", async () => {
  await alert(null, 1n * SOL);
  await look();
  await alert(null, 6n * SOL); // Two of three are below: the first has seven.
  const dying = (...names: (keyof CTOContext["journal"])[]) => {
    const journal = { ...context.journal };
    let writes = 0;
    for (const name of names)
      Object.assign(journal, {
        [name]: (...given: unknown[]) => {
          writes += 1;
          if (name === "writeNote" && writes === 1)
            return context.journal.writeNote(...(given as ["", 0, ""]));
          return Promise.reject(new Error("killed"));
        },
      });
    return { journal };
  };
  await expect(tellLowBalances(dying("writeDeliveries"), chain)).rejects.toThrow("killed");
  expect(await told()).toHaveLength(5);
  await expect(tellLowBalances(dying("writeNote"), chain)).resolves.toBeUndefined();
  expect(await told()).toHaveLength(7);
  await alert(null, 5n * SOL);
  await look(); // Above again: they have five.
  await alert(null, 6n * SOL);
  await expect(tellLowBalances(dying("writeNote"), chain)).rejects.toThrow("killed"); // After the deliveries.
  expect(await told()).toHaveLength(9);
  await look();
  expect(await told()).toHaveLength(9);

  const lagging = {
    fetchAccounts: async (addresses: Parameters<Chain["fetchAccounts"]>[0]) => ({
      slot: 0n,
      accounts: new Map(addresses.map((each) => [each, null])),
    }),
  };
  await tellLowBalances(context, lagging);
  const failing = { fetchAccounts: () => Promise.reject(new Error("unavailable")) };
  await expect(tellLowBalances(context, failing)).rejects.toThrow("unavailable");
  expect(await told()).toHaveLength(9);

  // An endpoint that names a slot far in the future is believed for some minutes, and not for ever.
  const lying = {
    fetchAccounts: async (addresses: Parameters<Chain["fetchAccounts"]>[0]) => ({
      ...(await chain.fetchAccounts(addresses)),
      slot: 2n ** 60n,
    }),
  };
  await alert(null, 5n * SOL);
  await tellLowBalances(context, lying);
  await alert(null, 6n * SOL);
  await look();
  expect(await told()).toHaveLength(9);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 11 * 60_000 });
  await look();
  vi.useRealTimers();
  expect(await told()).toHaveLength(11);
});

it("watches only enabled wallets, users with a webhook, and what the command line sets", async () => {
  const [, , last] = stage.buyers;
  await setWalletDisabled(context, last?.id ?? "", true);
  const { env } = stage;
  const set = await jsonOf(["webhooks", "low-balance", "alice", "--funding", "200", "--buyer", "none"], env);
  expect(set).toEqual({ fundingLamports: String(200n * SOL), buyerLamports: null });
  expect((await runCli(["webhooks", "low-balance", "alice"], env)).stdout).toMatch(
    /funding wallets below {2}200 SOL\n {2}buyers below {11}not watched/,
  );
  await alert(null, 50n * SOL);
  await look();
  // The second was low before and stays so; the third is left out.
  expect((await told()).slice(11)).toMatchObject([{ address: stage.buyers[0]?.address }]);
  await removeWebhook(context, webhook.id);
  const before = reads;
  await look();
  expect(reads).toBe(before);
  await alert(null, null);
  expect(await context.journal.listNotes("balance-alert/")).toEqual([]);
  await expect(
    setBalanceAlert(context, "bob", { fundingLamports: null, buyerLamports: null }),
  ).rejects.toMatchObject({ code: "CTO_E_USER_UNKNOWN" });
});

it("reaches the receiver of a user whose buyers spend below the threshold, from two workers", async () => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const headers = request.headers as Record<string, string>;
      const { data } = new Standard(secret).verify(body, headers) as { data: { address: string } };
      heard.push(data.address);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { secret } = await addWebhook(context, { userId: "alice", url, events: ["balance.low"] });
  await alert(null, 4_950_000_000n);
  await look(); // All are above.
  const options = { context, balanceCheckMs: 100, webhooks: { everyMs: 50 } };
  const workers = await Promise.all([createCTOWorker(options), createCTOWorker(options)]);
  try {
    const job = buildJob({ userId: "alice", userChatId: 0, tokenAddress: stage.mint });
    const { jobId } = await enqueue(context, job, 0, {});
    expect(await stage.ended(jobId)).toMatchObject({ status: "completed" });
    // The first has seven and the third is disabled.
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual([stage.buyers[1]?.address]);
  } finally {
    for (const worker of workers) await worker.close();
    server.closeAllConnections();
    server.close();
  }
  expect(heard).toHaveLength(1);
});
