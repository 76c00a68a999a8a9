/**
 * Tests on pump.fun's own programs that a buy takes exactly the rents that we count: at several rates, after the rate
 * has moved, for accounts that a buy extends, and where a stranger has sent lamports to an address beforehand.
 */
import {
  type Address,
  generateKeyPairSigner,
  getAddressDecoder,
  type KeyPairSigner,
  lamports,
} from "@solana/kit";
import { expect, it } from "vitest";
import { newCoin, preparePumpfun } from "../../src/localnet/launch/pumpfun.ts";
import { type ProgramsFolder, putAccounts } from "../../src/localnet/programs-folder.ts";
import { pumpfun } from "../../src/venues/pumpfun/index.ts";
import { creatorVaultOf, curveOf, userVolumeOf } from "../../src/venues/pumpfun/program.ts";
import { pumpswap } from "../../src/venues/pumpswap/index.ts";
import { canonicalPoolOf, userVolumeOf as pumpswapVolumeOf } from "../../src/venues/pumpswap/program.ts";
import { cashbackAccountOf, creatorAccountOf } from "../../src/venues/pumpswap/rents.ts";
import type { DirectVenue } from "../../src/venues/venue.ts";
import { tokenAccountOf, wrappedAccountOf } from "../../src/venues/wrapped-sol.ts";
import { putPumpswapPool } from "../conformance/pumpswap-pool.ts";
import { describeWithPrograms, describeWithPumpswap } from "../support/programs.ts";
import { openScene, readVenue, type Scene, SOL } from "./real-programs.ts";

const RATES = [696n, 5_080n, 6_960n] as const;
const AMOUNT = SOL / 10n;
const NETWORK_FEE = 5_000n;
/** The oldest of pump.fun's buys. */
const OLDEST = 2;
/** Offsets in a pool. */
const [CREATOR_AT, CASHBACK_AT] = [211, 244];

type Stall = {
  readonly scene: Scene;
  readonly mint: Address;
  readonly creator: Address;
  readonly market: Address;
};

const setRate = ({ scene: { cluster } }: Stall, lamportsPerByte: bigint): void =>
  cluster.setRent(lamportsPerByte);

/**
 * Gives the market's account another size, and the rent of this size at the present rate.
 *
 * @param reserves lamports of the account that are no rent
 */
function resize({ scene: { cluster }, market }: Stall, bytes: number, reserves = 0n, isCashback = 0): void {
  const account = cluster.account(market) ?? expect.fail("no market");
  const data = new Uint8Array(account.data).slice(0, bytes);
  if (isCashback > 0) data[CASHBACK_AT] = isCashback;
  const held = cluster.rentExemption(BigInt(bytes)) + reserves;
  cluster.setAccount({ ...account, data, lamports: lamports(held) });
}

const reservesOf = ({ scene, market }: Stall): bigint =>
  scene.lamports(market) - scene.cluster.rentExemption(166n);

async function openCurve(folder: ProgramsFolder, rate: bigint): Promise<Stall> {
  const scene = openScene(folder);
  scene.cluster.setRent(rate);
  putAccounts(scene.cluster, folder);
  await preparePumpfun(scene.cluster);
  const creator = await scene.wallet();
  const { mint, instructions } = await newCoin(creator, "token");
  const signers = instructions.flatMap(({ accounts = [] }) =>
    accounts.flatMap((account) => ("signer" in account ? [account.signer as KeyPairSigner] : [])),
  );
  const others = signers.filter(({ address }) => address !== creator.address);
  expect((await scene.run(creator, others, instructions)).err).toBeNull();
  return { scene, mint, creator: creator.address, market: await curveOf(mint) };
}

async function openPool(folder: ProgramsFolder, rate: bigint): Promise<Stall> {
  const scene = openScene(folder);
  scene.cluster.setRent(rate);
  const mint = await putPumpswapPool(scene.cluster, folder, "token");
  const market = await canonicalPoolOf(mint);
  const data = scene.cluster.account(market)?.data ?? expect.fail("no pool");
  return { scene, mint, creator: getAddressDecoder().decode(data, CREATOR_AT), market };
}

type Ware = readonly [venue: DirectVenue, version: number];
/** Returns the addresses that a stranger sends lamports to, before the buyer buys. */
type Dusted = (buyer: Address, tokenAccount: Address, wrapped: Address) => Promise<readonly Address[]>;

/** Buys, and returns the rents that we count, and what the buyer paid beyond the amount and the fee. */
async function buy(
  { scene, mint }: Stall,
  [venue, version]: Ware,
  sent = 0n,
  dusted: Dusted = async () => [],
) {
  const { cluster } = scene;
  const buyer = await generateKeyPairSigner();
  cluster.setBalance(buyer.address, lamports(10n * SOL));
  const tokenProgram = cluster.account(mint)?.owner ?? expect.fail("no mint");
  const tokenAccount = await tokenAccountOf(buyer.address, mint, tokenProgram);
  const wrappedAccount = await wrappedAccountOf(buyer.address);
  for (const address of await dusted(buyer.address, tokenAccount, wrappedAccount))
    cluster.setBalance(address, lamports(sent));
  const [there, wrapped] = [scene.lamports(tokenAccount), scene.lamports(wrappedAccount)];
  const { fetched, reading } = await readVenue(scene, venue, mint, [buyer.address]);
  if (reading.state !== "trading") return expect.fail(`it is ${reading.state}`);
  const own = scene.fetch([wrappedAccount]).accounts;
  const lamportsPerByte = cluster.rentExemption(0n) / 128n;
  const asked = {
    buyer: buyer.address,
    payer: buyer.address,
    lamports: AMOUNT,
    minTokensOut: 1n,
    lamportsPerByte,
  };
  const whole = { ...fetched, accounts: new Map([...fetched.accounts, ...own]) };
  const built = await venue.instructions(reading.market, { ...asked, fetched: whole }, version);
  const before = scene.lamports(buyer.address);
  const run = await scene.run(buyer, [], [...built.setup, ...built.swap, ...built.cleanup]);
  expect(run.err, run.logs.join("\n")).toBeNull();
  const rent = cluster.rentExemption(165n);
  const opened = scene.lamports(tokenAccount) - there;
  expect(opened).toBe(there > rent ? 0n : rent - there);
  const paid = before - scene.lamports(buyer.address) - AMOUNT - NETWORK_FEE - opened;
  // A wrapped-SOL account that is closed again returns what a stranger sent there.
  return { counted: built.venueRentLamports, paid: paid + wrapped, lent: built.transientLamports };
}

const expectExact = ({ counted, paid }: { counted: bigint; paid: bigint }, what: string): void =>
  expect(`${what}: ${counted}`).toBe(`${what}: ${paid}`);

const CURVE_SIZES = [49, 83, 84, 151, 165, 166];
/** Where the oldest buy is taken, a curve of this size or a shorter one is taken for an older program's. */
const OLDER_CURVE = 83;
const POOL_SIZES = [211, 245, 286, 287, 300];
const DUST = [1n, 500_000n, 890_880n, 1_844_399n, 1_844_400n, 3_000_000n];

describeWithPumpswap("the rents of a buy, on the programs of October 2026", (folder) => {
  it.each([0, 1, 2])("are exact for a curve of any size at any rate, with buy %i", async (version) => {
    for (const rate of RATES)
      for (const bytes of CURVE_SIZES) {
        if (version === OLDEST && bytes <= OLDER_CURVE) continue;
        const stall = await openCurve(folder, rate);
        resize(stall, bytes);
        expectExact(await buy(stall, [pumpfun, version]), `${bytes} bytes at ${rate}`);
      }
  });

  it.each([0, 1, 2])("are exact for a curve after the rate has moved, with buy %i", async (version) => {
    for (const opened of RATES)
      for (const now of RATES)
        for (const bytes of [151, 166]) {
          const stall = await openCurve(folder, opened);
          // Its reserves, and fees that it keeps, are no rent.
          await buy(stall, [pumpfun, version]);
          await buy(stall, [pumpfun, 0]);
          resize(stall, bytes, reservesOf(stall));
          setRate(stall, now);
          expectExact(await buy(stall, [pumpfun, version]), `${bytes} bytes, ${opened} to ${now}`);
        }
  });

  it.each([0, 1])("are exact for a pool of any size at any rate, with buy %i", async (version) => {
    for (const rate of RATES)
      for (const bytes of POOL_SIZES) {
        const stall = await openPool(folder, rate);
        resize(stall, bytes);
        expectExact(await buy(stall, [pumpswap, version]), `${bytes} bytes at ${rate}`);
      }
  });

  it.each([0, 1])("are exact for a pool after the rate has moved, with buy %i", async (version) => {
    for (const opened of RATES)
      for (const now of RATES)
        for (const bytes of [245, 287, 300]) {
          // The accounts that receive the fees have rent enough: the older buy requires it.
          const stall = await openPool(folder, 6_960n);
          setRate(stall, opened);
          resize(stall, bytes);
          setRate(stall, now);
          expectExact(await buy(stall, [pumpswap, version]), `${bytes} bytes, ${opened} to ${now}`);
        }
  });

  it.each([0, 1, 2])(
    "on a curve are exact where a stranger has sent lamports, with buy %i",
    async (version) => {
      for (const rate of [696n, 6_960n])
        for (const sent of DUST) {
          const stall = await openCurve(folder, rate);
          const ware = [pumpfun, version] as const;
          const volume: Dusted = async (buyer) => [await userVolumeOf(buyer)];
          const vault: Dusted = async () => [await creatorVaultOf(stall.creator)];
          expectExact(await buy(stall, ware, sent, vault), `vault ${sent} at ${rate}`);
          expectExact(await buy(stall, ware, sent, volume), `volume ${sent} at ${rate}`);
        }
    },
  );

  it.each([0, 1])("in a pool are exact where a stranger has sent lamports, with buy %i", async (version) => {
    for (const rate of [696n, 6_960n])
      for (const sent of [...DUST, 2_039_279n]) {
        const stall = await openPool(folder, rate);
        resize(stall, 300, 0n, version);
        const everywhere: Dusted = async (buyer, tokens, wrapped) => [
          await pumpswapVolumeOf(buyer),
          await creatorAccountOf(stall.creator),
          await cashbackAccountOf(buyer),
          tokens,
          wrapped,
        ];
        const found = await buy(stall, [pumpswap, version], sent, everywhere);
        expectExact(found, `${sent} at ${rate}`);
        const rent = stall.scene.cluster.rentExemption(165n);
        expect(found.lent).toBe(sent > rent ? 0n : rent - sent);
      }
  });
});

describeWithPrograms("the rents of a buy, on the program of April 2026", (folder) => {
  it("are exact for curves up to its own size, at any rate, and where a stranger has sent lamports", async () => {
    for (const rate of RATES)
      for (const bytes of [49, 81, 82, 83]) {
        const stall = await openCurve(folder, 696n);
        resize(stall, bytes);
        setRate(stall, rate);
        expectExact(await buy(stall, [pumpfun, OLDEST]), `${bytes} bytes at ${rate}`);
      }
    for (const sent of DUST) {
      const stall = await openCurve(folder, 6_960n);
      const dusted: Dusted = async (buyer) => [
        await userVolumeOf(buyer),
        await creatorVaultOf(stall.creator),
      ];
      expectExact(await buy(stall, [pumpfun, OLDEST], sent, dusted), `dust ${sent}`);
    }
  });
});
