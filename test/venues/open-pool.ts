/** Opens a CPMM pool with the real program: a new mint against 80 SOL. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@solana/kit";
import { expect } from "vitest";
import { newPool, prepareCpmm } from "../../src/localnet/launch/cpmm.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { newMint } from "./new-mint.ts";
import { openScene, readVenue, type Scene, SOL } from "./real-programs.ts";

const SUPPLY = 10n ** 15n;

export type Coin = { readonly tokenProgram: Address; readonly transferFeeBps?: number };

/** Opens one more pool on an existing scene. */
export async function openPool(scene: Scene, coin: Coin): Promise<Address> {
  const creator = await scene.wallet(1_000n);
  const { tokenProgram, transferFeeBps } = coin;
  const mint = await newMint(scene, creator, tokenProgram, {
    supply: SUPPLY,
    ...(transferFeeBps === undefined ? {} : { transferFeeBps }),
  });
  const { instructions } = await newPool({
    creator: creator.address,
    mint,
    tokenProgram,
    tokens: SUPPLY / 2n,
    lamports: 80n * SOL,
  });
  const opened = await scene.run(creator, [], instructions);
  expect(opened.err, opened.logs.join("\n")).toBeNull();
  // The program allows trading one second after a pool's creation.
  for (;;) {
    scene.cluster.tick();
    if ((await readVenue(scene, cpmm, mint)).reading.state === "trading") break;
    await sleep(50);
  }
  return mint;
}

export async function launchPool(
  folder: ProgramsFolder,
  coin: Coin,
): Promise<{ scene: Scene; mint: Address }> {
  const scene = openScene(folder);
  await prepareCpmm(scene.cluster);
  return { scene, mint: await openPool(scene, coin) };
}

export const tradingOf = async (scene: Scene, mint: Address) => {
  const { reading, fetched } = await readVenue(scene, cpmm, mint);
  if (reading.state !== "trading") expect.fail(`the pool is ${JSON.stringify(reading)}`);
  return { market: reading.market, fetched };
};
