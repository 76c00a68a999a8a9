/**
 * Tests that facts which set prices are read from as many endpoints as must agree: one endpoint that lies about a pool
 * changes nothing.
 */
import { type Address, lamports } from "@solana/kit";
import { afterEach, expect, it } from "vitest";
import { createChain, type SolanaChain } from "../../src/chain/index.ts";
import type { Lamports, Venues } from "../../src/engine/ports.ts";
import { enqueue } from "../../src/services/operations.ts";
import { usualPoolsOf } from "../../src/venues/cpmm/pools.ts";
import { vaultOf } from "../../src/venues/cpmm/program.ts";
import { createVenues } from "../../src/venues/index.ts";
import { type CTOWorker, createCTOWorker } from "../../src/worker/cto-worker.ts";
import { openVenueStage } from "../conformance/stage.ts";
import { buildJob } from "../support/build-job.ts";
import { readLedger } from "../support/ledger.ts";
import { type LyingEndpoint, startLyingEndpoint } from "../support/lying-endpoint.ts";
import { describeWithPrograms } from "../support/programs.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let mint: Address;
let worker: CTOWorker | undefined;
const chains: SolanaChain[] = [];
const endpoints: LyingEndpoint[] = [];

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  for (const chain of chains.splice(0)) chain.close();
  for (const endpoint of endpoints.splice(0)) await endpoint.close();
  await stage.close();
});

const newEndpoint = async (): Promise<LyingEndpoint> => {
  const endpoint = await startLyingEndpoint(stage.localnet.rpcUrl);
  endpoints.push(endpoint);
  return endpoint;
};

const venuesOver = (urls: readonly string[], resignQuorum: number): Venues => {
  const chain = createChain({ urls, resignQuorum, tries: 1 });
  chains.push(chain);
  return createVenues({ chain, jupiter: { url: stage.desk.url } });
};

const AMOUNT_OFFSET = 64;

/** Changes the tokens in the pool's vault to this many thousandths. */
const holdsThousandths = (thousandths: bigint) => (data: Uint8Array) => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const amount = view.getBigUint64(AMOUNT_OFFSET, true);
  view.setBigUint64(AMOUNT_OFFSET, (amount * thousandths) / 1_000n, true);
};

const tokenVault = async (): Promise<Address> => {
  const [pool] = (await usualPoolsOf(mint)).filter(
    (address) => stage.localnet.cluster.account(address) !== null,
  );
  if (pool === undefined) throw new Error("no pool");
  return vaultOf(pool, mint);
};

const LEGS = [lamports(100_000_000n), lamports(200_000_000n)];

const leastOf = async (venues: Venues, slippageBps = 300): Promise<bigint[]> => {
  const buyers = stage.buyers.slice(0, 2).map(({ address }) => address);
  const survey = await venues.survey(mint, buyers);
  const { platform } = await venues.detect(survey);
  expect(platform).toBe("cpmm");
  const [taker] = buyers as [Address];
  const open = await venues.open("cpmm", survey, { legs: LEGS, slippageBps, taker });
  const buys = LEGS.map((leg: Lamports) => open.buy({ buyer: taker, payer: taker, lamports: leg }));
  const least = (await Promise.all(buys)).map(({ minTokensOut }) => minTokensOut);
  expect(LEGS.map((leg) => open.offer(leg).leastTokens)).toEqual(least);
  return least;
};

describeWithPrograms("two endpoints of which one lies about a pool", (folder) => {
  const open = async (): Promise<{ liar: LyingEndpoint; honest: LyingEndpoint; urls: string[] }> => {
    ({ stage, mint } = await openVenueStage(folder, "cpmm", "token"));
    const [liar, honest] = [await newEndpoint(), await newEndpoint()];
    return { liar, honest, urls: [liar.url, honest.url] };
  };

  it("refuse the operation, name both, and nothing is signed: the least was a thousand times too low", async () => {
    const { liar, honest, urls } = await open();
    const truth = await leastOf(venuesOver([honest.url], 1));
    liar.tell(new Map([[await tokenVault(), holdsThousandths(1n)]]));
    // If it is the only endpoint, its answer is believed.
    const believed = await leastOf(venuesOver([liar.url], 1));
    expect((truth[0] ?? 0n) / (believed[0] ?? 1n)).toBeGreaterThan(990n);

    const venues = venuesOver(urls, 2);
    worker = await createCTOWorker({
      context: stage.context,
      wrapPorts: (ports) => ({ ...ports, venues }),
    });
    const job = buildJob({ userId: stage.userId, tokenAddress: mint });
    const ended = await stage.ended((await enqueue(stage.context, job, 0, {})).jobId);
    expect(ended).toMatchObject({ status: "failed", failure: { code: "CTO_E_ENDPOINTS_DISAGREE" } });
    for (const { host } of [liar, honest]) expect(ended.failedReason).toContain(host);
    expect(readLedger(stage.localnet.cluster).filter(({ memos }) => memos.length > 0)).toEqual([]);
  });

  it("bind by the higher least amount where they differ by less than the slippage, whoever answers first", async () => {
    const { liar, honest, urls } = await open();
    const vault = await tokenVault();
    const truth = await leastOf(venuesOver([honest.url], 1));
    liar.tell(new Map([[vault, holdsThousandths(990n)]]));
    expect(await leastOf(venuesOver(urls, 2))).toEqual(truth);
    liar.tell(new Map([[vault, holdsThousandths(1_010n)]]));
    const [more] = await leastOf(venuesOver(urls, 2));
    expect(more).toBeGreaterThan(truth[0] ?? 0n);
    // The readings differ by 1 %. That is more than the slippage of 0.5 %.
    await expect(leastOf(venuesOver(urls, 2), 50)).rejects.toMatchObject({
      code: "CTO_E_ENDPOINTS_DISAGREE",
    });
  });

  it("refuse where they differ about the mint, its program's accounts, or whether there is a market", async () => {
    const { liar, honest, urls } = await open();
    const DECIMALS = 44;
    const lies: [Address, (data: Uint8Array) => void, string][] = [
      [mint, (data) => data.fill(9, DECIMALS, DECIMALS + 1), `the mint ${mint}`],
      [(await usualPoolsOf(mint))[0] as Address, (data) => data.fill(0, 0, 8), `where ${mint} trades`],
    ];
    for (const [address, lie, about] of lies) {
      liar.tell(new Map([[address, lie]]));
      const refused = leastOf(venuesOver(urls, 2));
      await expect(refused).rejects.toMatchObject({ code: "CTO_E_ENDPOINTS_DISAGREE", context: { about } });
      await expect(refused).rejects.toThrow(honest.host);
    }
  });

  it("are asked for one batch more each, and again, from no slot behind, only where they differ", async () => {
    const { liar, honest, urls } = await open();
    const counted = async (): Promise<number[]> => {
      for (const { asked, leastSlots } of [liar, honest]) {
        asked.clear();
        leastSlots.length = 0;
      }
      const venues = venuesOver(urls, 2);
      await venues.survey(mint, [stage.funding.address]);
      return [liar, honest].map(({ asked }) => asked.get("getMultipleAccounts") ?? 0);
    };
    expect(await counted()).toEqual([1, 1]);
    liar.tell(new Map([[stage.funding.address, () => undefined]]));
    expect(await counted()).toEqual([1, 1]);
    // A supply changes by itself. A difference is therefore no disagreement, but the supply is read again.
    liar.tell(new Map([[mint, (data) => data.fill(7, 36, 37)]]));
    expect(await counted()).toEqual([2, 2]);
    expect(liar.leastSlots[1]).toBeGreaterThan(0);
    expect(liar.leastSlots[1]).toBe(honest.leastSlots[1]);
  });

  it("are an outage where one of them does not answer", async () => {
    const { honest, liar, urls } = await open();
    await liar.close();
    endpoints.splice(endpoints.indexOf(liar), 1);
    await expect(leastOf(venuesOver(urls, 2))).rejects.toMatchObject({ code: "CTO_E_RPC_UNAVAILABLE" });
    expect(await leastOf(venuesOver([honest.url], 1))).toHaveLength(2);
  });
});
