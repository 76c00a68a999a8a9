/**
 * Tests a second price source on a localnet: the desk quotes tokens that trade in pools that anyone can open, and an
 * estimate is compared with that quote.
 */
import { readFileSync } from "node:fs";
import { getAddressEncoder, lamports } from "@solana/kit";
import { getMintEncoder, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CTOJob } from "../../src/contract/types.ts";
import type { Address } from "../../src/engine/ports.ts";
import { withChainPorts } from "../../src/runtime/chain-ports.ts";
import { estimate } from "../../src/services/estimate.ts";
import { CONFIG, POOL, poolOf } from "../../src/venues/heaven/program.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { buildJob } from "../support/build-job.ts";
import { openStage, type Stage } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ buyers: 2 });
});
afterAll(() => stage.close());

const put = (address: Address, owner: Address, data: Uint8Array): void => {
  const { cluster } = stage.localnet;
  const held = lamports(cluster.rentExemption(BigInt(data.length)));
  cluster.setAccount({ address, owner, lamports: held, data, executable: false });
};

const putMint = (mint: Address, tokenProgram: Address): void => {
  const mintAuthority = null;
  const encoded = {
    mintAuthority,
    supply: 10n ** 15n,
    decimals: 6,
    isInitialized: true,
    freezeAuthority: null,
  };
  put(mint, tokenProgram, Uint8Array.from(getMintEncoder().encode(encoded)));
};

/** Writes a Meteora pool from the vectors of Meteora's own SDK. @returns the pool's mint */
function putDamm(): Address {
  const text = readFileSync(new URL("../vectors/meteora-accounts.json", import.meta.url), "utf8");
  const { vectors } = JSON.parse(text) as {
    vectors: {
      kind: string;
      mint: Address;
      tokenProgram: Address;
      accounts: { address: Address; owner: Address; data: string }[];
    }[];
  };
  const vector = vectors.find(({ kind }) => kind === "pool");
  if (vector === undefined) throw new Error("no vector of a pool");
  putMint(vector.mint, vector.tokenProgram);
  for (const { address, owner, data } of vector.accounts) put(address, owner, Buffer.from(data, "base64"));
  return vector.mint;
}

/** Writes a standard pool of Heaven's with 100 SOL and fees of 1 %. */
async function putHeaven(): Promise<Address> {
  const mint = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
  const config = "HeavenConf1g1111111111111111111111111111111" as Address;
  const pool = await poolOf(mint);
  putMint(mint, TOKEN_PROGRAM_ADDRESS);
  const data = new Uint8Array(POOL.size);
  const view = new DataView(data.buffer);
  data.set(POOL.discriminator);
  const [tokens, sol] = [
    "HeavenVau1tTokens111111111111111111111111111",
    "HeavenVau1tSo1111111111111111111111111111111",
  ];
  const at = { 664: tokens, 696: sol, 728: config, 760: pool, 792: mint, 857: WRAPPED_SOL_MINT };
  for (const [offset, address] of Object.entries(at))
    data.set(getAddressEncoder().encode(address as Address), Number(offset));
  data[90] = 2;
  data[922] = 1;
  view.setBigUint64(456, 10n ** 14n, true);
  view.setBigUint64(464, 10n ** 11n, true);
  put(pool, POOL.owner, data);
  const settings = new Uint8Array(CONFIG.size);
  settings.set(CONFIG.discriminator);
  new DataView(settings.buffer).setBigUint64(72, 2n ** 64n - 1n, true);
  new DataView(settings.buffer).setUint32(88 + 8, 100, true);
  settings[88 + 64] = 1;
  put(config, CONFIG.owner, settings);
  return mint;
}

const quoteOf = async (mint: Address) => {
  const taker = stage.buyers[0]?.address ?? "";
  const asked = { inputMint: WRAPPED_SOL_MINT, outputMint: mint, amount: "1000000", taker };
  const answer = await fetch(`${stage.desk.url}/swap/v2/build?${new URLSearchParams(asked)}`);
  return (await answer.json()) as { outAmount: string; routePlan: { swapInfo: { label: string } }[] };
};

it("quotes a pool of Meteora's", async () => {
  const { routePlan, outAmount } = await quoteOf(putDamm());
  expect(routePlan[0]?.swapInfo.label).toBe("Meteora DAMM v2");
  expect(BigInt(outAmount)).toBeGreaterThan(0n);
});

it("quotes a pool of Heaven's, and a buy there is compared with it", async () => {
  const mint = await putHeaven();
  expect((await quoteOf(mint)).routePlan[0]?.swapInfo.label).toBe("Heaven");
  const { context, userId } = stage;
  const job: CTOJob = buildJob({ userId, tokenAddress: mint, buyAmount: 0.001, platform: "heaven" });
  const found = await withChainPorts(context, (ports) => estimate(context, ports, job));
  expect(found).toMatchObject({ platform: "heaven", price: { reference: "aggregator" } });
  // We compare two legs with one of their sum. The only difference is the pool's fees.
  expect(Math.abs(found.price.deviationBps ?? 10_000)).toBeLessThanOrEqual(1);
});

it("answers that it has no route where nothing is for sale", async () => {
  const asked = { inputMint: WRAPPED_SOL_MINT, amount: "1", taker: stage.buyers[0]?.address ?? "" };
  const nobody = new URLSearchParams({ ...asked, outputMint: "So11111111111111111111111111111111111111111" });
  const answer = await fetch(`${stage.desk.url}/swap/v2/build?${nobody}`);
  expect([answer.status, await answer.json()]).toEqual([400, { error: "No routes found" }]);
});
