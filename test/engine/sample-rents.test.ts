/** Tests an aggregator's sample buy as the estimate of other legs: each pays for its own account of the token, and for the route. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { buysOf } from "../../src/engine/buy/leg-shapes.ts";
import { walletMinimum } from "../../src/engine/cluster/cluster-facts.ts";
import { amountsFor } from "../../src/engine/funding/funding-amounts.ts";
import { type Buy, type NewLeg, type OpenVenue, rentExemption, type Survey } from "../../src/engine/ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../../src/engine/transaction/costs.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";

/** A Token-2022 account is larger than one on the route. */
const BYTES = 170;
const OWN = rentExemption(OLD_CLUSTER, BYTES);
const ON_THE_WAY = rentExemption(OLD_CLUSTER, 165);
const DUST = lamports(1_000n);

const legOf = (index: number): NewLeg => ({
  index,
  walletId: `w${index}`,
  address: addressOf(`wallet ${index}`),
  lamports: lamports(1n),
  tokensBefore: 0n,
});
const accountOf = (index: number) => addressOf(`account ${index}`);

/** @param tokens of both wallets; null: no account */
async function buysFor([first, second]: readonly (bigint | null)[], sampleRents: bigint, dust = false) {
  const legs = [legOf(1), legOf(2)] as const;
  const held = (index: number, tokens = null as bigint | null) =>
    [legOf(index).address, { lamports: 0n, tokens, tokenAccount: accountOf(index) }] as const;
  const sent = { owner: "11111111111111111111111111111111", lamports: DUST, data: new Uint8Array() };
  const survey = {
    cluster: OLD_CLUSTER,
    tokenAccountBytes: BYTES,
    owners: new Map([held(1, first), held(2, second)]),
    fetched: { slot: 1n, accounts: new Map(dust ? [[accountOf(2), sent]] : []) },
  } as unknown as Survey;
  const buy = { rentLamports: sampleRents, buyerRentLamports: 0n, transientLamports: 0n } as unknown as Buy;
  const open = { offline: false } as unknown as OpenVenue;
  const sample = { leg: legs[0], buy };
  return {
    survey,
    legs,
    buy,
    buys: await buysOf(open, { survey, payers: { funding: null } }, { legs, sample }),
  };
}

/** Tells the second leg's rents from the first's. */
async function rentsOf(...args: Parameters<typeof buysFor>) {
  const { buys } = await buysFor(...args);
  const [, sampleRents] = args;
  expect(buys.get(1)?.now.rentLamports).toBe(sampleRents);
  return buys.get(2)?.now.rentLamports;
}

/** Tells what the wallets are sent ahead, for their rents alone. @param again whether a funding was signed before */
async function sentFor(tokens: readonly (bigint | null)[], sampleRents: bigint, again = false) {
  const { survey, legs, buy, buys } = await buysFor(tokens, sampleRents);
  const facts = { survey, again, reliedOn: new Map() };
  const sent = amountsFor(legs, facts, { sample: { buy }, buys, highest: 0n }, { maxAttempts: 1 });
  const other = 1n + LAMPORTS_PER_SIGNATURE + walletMinimum(OLD_CLUSTER);
  return legs.map(({ index }) => (sent.least.get(index) ?? 0n) - other);
}

describe("what buyers are sent ahead for rents", () => {
  it("is enough for the route of a wallet that has the token already", async () => {
    expect(await sentFor([null, 5n], OWN + ON_THE_WAY)).toEqual([OWN + ON_THE_WAY, ON_THE_WAY]);
  });

  it("is enough once more for an account that a buy opened whose funding a fork took back", async () => {
    expect(await sentFor([5n, 5n], ON_THE_WAY, true)).toEqual([OWN + ON_THE_WAY, OWN + ON_THE_WAY]);
  });
});

describe("the rents of an aggregator's legs", () => {
  it("are those of the route for a wallet that has the token already", async () => {
    expect(await rentsOf([null, 5n], OWN + ON_THE_WAY)).toBe(ON_THE_WAY);
  });

  it("are those of the token's account, too, for a wallet that lacks it, although the sample's has it", async () => {
    expect(await rentsOf([5n, null], ON_THE_WAY)).toBe(OWN + ON_THE_WAY);
  });

  it("are the same for two wallets that are alike", async () => {
    expect(await rentsOf([null, null], OWN + ON_THE_WAY)).toBe(OWN + ON_THE_WAY);
    expect(await rentsOf([5n, 5n], ON_THE_WAY)).toBe(ON_THE_WAY);
  });

  it("are what is missing if somebody sent lamports to the account's address", async () => {
    expect(await rentsOf([null, null], OWN + ON_THE_WAY, true)).toBe(OWN - DUST + ON_THE_WAY);
  });
});

/** Tells what the second leg may have to lend for a wrapped-SOL account: as far as is known, and at most. */
async function lentBy([first, second]: readonly boolean[], sampleLends: bigint) {
  const holdings = (index: number, wraps = false) => ({
    lamports: 0n,
    tokens: 5n,
    tokenAccount: accountOf(index),
    ...(wraps ? { wrappedAccount: addressOf(`wrapped ${index}`) } : {}),
  });
  const legs = [legOf(1), legOf(2)] as const;
  const survey = {
    cluster: OLD_CLUSTER,
    owners: new Map([
      [legs[0].address, holdings(1, first)],
      [legs[1].address, holdings(2, second)],
    ]),
  } as unknown as Survey;
  const buy = { rentLamports: 0n, transientLamports: sampleLends } as unknown as Buy;
  const open = { offline: false } as unknown as OpenVenue;
  const scene = { survey, payers: { funding: null } };
  const buys = await buysOf(open, scene, { legs, sample: { leg: legs[0], buy } });
  const { now, later = [] } = buys.get(2) ?? {};
  return [now, ...later].map((way) => way?.transientLamports);
}

describe("what an aggregator's leg lends for a wrapped-SOL account", () => {
  it("is nothing for a wallet that has one", async () => {
    expect(await lentBy([false, true], ON_THE_WAY)).toEqual([0n]);
    expect(await lentBy([true, true], 0n)).toEqual([0n]);
  });

  it("is the sample's for a wallet that lacks one as the sample's does", async () => {
    expect(await lentBy([false, false], ON_THE_WAY)).toEqual([ON_THE_WAY]);
    expect(await lentBy([false, false], 0n)).toEqual([0n]);
  });

  it("may be its rent for a wallet that lacks one, although the sample's has it", async () => {
    expect(await lentBy([true, false], 0n)).toEqual([0n, ON_THE_WAY]);
  });
});
