/** Tests that one endpoint that does not show a Meteora curve does not hide it from the reading of another one (P5). */
import { getAddressEncoder, lamports } from "@solana/kit";
import { expect, it } from "vitest";
import type { Address, RawAccount } from "../../src/engine/ports.ts";
import { createMeteora } from "../../src/venues/meteora/index.ts";
import { BASE_MINT_OFFSET, DBC_PROGRAM, POOL } from "../../src/venues/meteora/program.ts";

const MINT = "LiGHtkg3uTa9836RaNkKLLriqTNRcMdRAhqjGWNv777" as Address;
const CURVE = "So11111111111111111111111111111111111111112" as Address;

const curve = (): RawAccount => {
  const data = new Uint8Array(POOL.size);
  data.set(POOL.discriminator);
  data.set(getAddressEncoder().encode(MINT), BASE_MINT_OFFSET);
  return { owner: DBC_PROGRAM, lamports: lamports(1n), data };
};

it("stays known to the readings that follow, and is searched for again", async () => {
  const venue = createMeteora();
  let searches = 0;
  const find = async () => {
    searches += 1;
    return [{ endpoint: "one", slot: 1n, accounts: new Map([[CURVE, curve()]]) }];
  };
  await venue.discover?.(find, MINT);
  const shown = { slot: 1n, accounts: new Map([[CURVE, curve()]]) };
  const alone = await venue.read(MINT, shown);
  expect(alone.state).not.toBe("none");
  const liar = await venue.read(MINT, { slot: 1n, accounts: new Map([[CURVE, null]]) });
  expect(liar.state).toBe("none");
  expect((await venue.read(MINT, shown)).state).toBe(alone.state);
  await venue.discover?.(find, MINT);
  expect(searches).toBe(2);
});
