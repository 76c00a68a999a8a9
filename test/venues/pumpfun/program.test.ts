/** Tests that the real program executes our pump.fun buys. */
import type { Address, KeyPairSigner } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import { expect, it } from "vitest";
import type { TransactionFailure } from "../../../src/engine/ports.ts";
import { prepareVenues } from "../../../src/localnet/launch/index.ts";
import { newCoin } from "../../../src/localnet/launch/pumpfun.ts";
import { TOKEN_2022_PROGRAM } from "../../../src/localnet/programs.ts";
import type { ProgramsFolder } from "../../../src/localnet/programs-folder.ts";
import { customCodeOf } from "../../../src/venues/custom-code.ts";
import { BUY_VERSIONS } from "../../../src/venues/pumpfun/buy-versions.ts";
import { pumpfun } from "../../../src/venues/pumpfun/index.ts";
import type { PumpfunMarket } from "../../../src/venues/pumpfun/market.ts";
import { curveOf } from "../../../src/venues/pumpfun/program.ts";
import { tokenAccountOf } from "../../../src/venues/wrapped-sol.ts";
import fc from "../../support/fast-check.ts";
import { describeWithPrograms } from "../../support/programs.ts";
import { openScene, readVenue, type Scene, SOL } from "../real-programs.ts";
import { buyRest } from "./buy-rest.ts";

const ATA_RENT = { token: 2_039_280n, "token-2022": 2_074_080n };

/** The folder's program is of April 2026, and has only the older instruction. */
const DEPLOYED = BUY_VERSIONS.findIndex(({ name }) => name === "buy_exact_sol_in");

/** The virtual tokens that a curve never sells. Its pool starts with them. */
const NEVER_SOLD = 279_900_000_000_000n;

type Kind = "token" | "token-2022";

async function launch(folder: ProgramsFolder, kind: Kind): Promise<{ scene: Scene; mint: Address }> {
  const scene = openScene(folder);
  await prepareVenues(scene.cluster, folder);
  const creator = await scene.wallet();
  const { mint, instructions } = await newCoin(creator, kind);
  const signers = instructions.flatMap(({ accounts }) =>
    (accounts ?? []).flatMap((account) => ("signer" in account ? [account.signer as KeyPairSigner] : [])),
  );
  expect((await scene.run(creator, signers, instructions)).err).toBeNull();
  return { scene, mint };
}

const tradingOf = async (scene: Scene, mint: Address, buyer: Address) => {
  const { reading, fetched } = await readVenue(scene, pumpfun, mint, [buyer]);
  if (reading.state !== "trading") expect.fail(`the coin is ${reading.state}`);
  return { market: reading.market, fetched };
};

const quoteOf = (market: PumpfunMarket, lamports: bigint) =>
  pumpfun.quote(market, lamports) ?? expect.fail("no quote");

describeWithPrograms("pump.fun's own program", (folder) => {
  it.each(["token", "token-2022"] as const)(
    "gives what was quoted and takes what was stated, buy after buy, for a %s coin",
    async (kind) => {
      const { scene, mint } = await launch(folder, kind);
      let expected: PumpfunMarket | null = null;
      for (const lamports of [1_000_000n, SOL, 123_456_789n, 30n * SOL]) {
        const buyer = await scene.wallet();
        const { market, fetched } = await tradingOf(scene, mint, buyer.address);
        if (expected !== null) expect(market).toEqual(expected);
        const quote = quoteOf(market, lamports);
        const buy = {
          buyer: buyer.address,
          payer: buyer.address,
          lamports,
          lamportsPerByte: 6_960n,
          fetched,
        };
        const built = await pumpfun.instructions(market, { ...buy, minTokensOut: quote.tokensOut }, DEPLOYED);
        const before = scene.lamports(buyer.address);
        const bought = await scene.run(buyer, [], [...built.setup, ...built.swap, ...built.cleanup]);
        expect(bought.err).toBeNull();
        expect(await scene.tokens(buyer.address, mint)).toBe(quote.tokensOut);
        const spent = before - scene.lamports(buyer.address) - bought.fee;
        expect(spent).toBe(lamports + built.venueRentLamports + ATA_RENT[kind]);
        expected = pumpfun.after(market, lamports);
      }
    },
  );

  it("gives what was quoted on 200 random curves, for random amounts", async () => {
    const { scene, mint } = await launch(folder, "token-2022");
    const curve = await curveOf(mint);
    const original = scene.cluster.account(curve) ?? expect.fail("no curve");
    const vault = await tokenAccountOf(curve, mint, TOKEN_2022_PROGRAM);
    const full = scene.cluster.account(vault) ?? expect.fail("no vault");
    const amounts = fc.record({
      virtualTokens: fc.bigInt({ min: 300_000_000_000_000n, max: 1_073_000_000_000_000n }),
      virtualLamports: fc.bigInt({ min: 1_000_000_000n, max: 120_000_000_000n }),
      lamports: fc.bigInt({ min: 100_000n, max: 40_000_000_000n }),
    });
    for (const { virtualTokens, virtualLamports, lamports } of fc.sample(amounts, {
      numRuns: 200,
      seed: 20261124,
    })) {
      const data = new Uint8Array(original.data);
      const view = new DataView(data.buffer);
      view.setBigUint64(8, virtualTokens, true);
      view.setBigUint64(16, virtualLamports, true);
      view.setBigUint64(24, virtualTokens - NEVER_SOLD, true);
      scene.cluster.setAccount({ ...original, data });
      scene.cluster.setAccount(full);
      const buyer = await scene.wallet();
      const { market, fetched } = await tradingOf(scene, mint, buyer.address);
      const quote = pumpfun.quote(market, lamports);
      if (quote === null) continue;
      const buy = {
        buyer: buyer.address,
        payer: buyer.address,
        lamports,
        minTokensOut: quote.tokensOut,
        lamportsPerByte: 6_960n,
        fetched,
      };
      const built = await pumpfun.instructions(market, buy, DEPLOYED);
      const bought = await scene.run(buyer, [], [...built.setup, ...built.swap]);
      expect(
        bought.err,
        JSON.stringify([String(virtualTokens), String(virtualLamports), String(lamports)]),
      ).toBeNull();
      expect(await scene.tokens(buyer.address, mint)).toBe(quote.tokensOut);
      expect((await tradingOf(scene, mint, buyer.address)).market).toEqual(pumpfun.after(market, lamports));
    }
  });

  it("is paid for by a funding wallet in the same transaction, and leaves the new buyer its rent-exempt minimum", async () => {
    const { scene, mint } = await launch(folder, "token-2022");
    const [funding, buyer] = [await scene.wallet(), await scene.wallet(0n)];
    const { market, fetched } = await tradingOf(scene, mint, buyer.address);
    const quote = quoteOf(market, SOL);
    const built = await pumpfun.instructions(
      market,
      {
        buyer: buyer.address,
        payer: funding.address,
        lamports: SOL,
        minTokensOut: quote.tokensOut,
        lamportsPerByte: 6_960n,
        fetched,
      },
      DEPLOYED,
    );
    const amount = SOL + built.venueRentLamports + 890_880n;
    const pay = getTransferSolInstruction({ source: funding, destination: buyer.address, amount });
    const bought = await scene.run(funding, [buyer], [pay, ...built.setup, ...built.swap]);
    expect(bought.err).toBeNull();
    expect(await scene.tokens(buyer.address, mint)).toBe(quote.tokensOut);
    expect(scene.lamports(buyer.address)).toBe(890_880n);
  });

  it("refuses a buy that would give less than the least accepted, with a code that the venue names", async () => {
    const { scene, mint } = await launch(folder, "token");
    const buyer = await scene.wallet();
    const { market, fetched } = await tradingOf(scene, mint, buyer.address);
    const minTokensOut = quoteOf(market, SOL).tokensOut + 1n;
    const buy = {
      buyer: buyer.address,
      payer: buyer.address,
      lamports: SOL,
      minTokensOut,
      lamportsPerByte: 6_960n,
      fetched,
    };
    const built = await pumpfun.instructions(market, buy, DEPLOYED);
    const { err } = await scene.run(buyer, [], [...built.setup, ...built.swap]);
    const code = customCodeOf({ error: err } as TransactionFailure);
    expect(pumpfun.errors.slippage).toContain(code);
    expect(await scene.tokens(buyer.address, mint)).toBe(0n);
  });

  it("does not know the newer instruction, and says so before it takes anything", async () => {
    const { scene, mint } = await launch(folder, "token");
    const buyer = await scene.wallet();
    const { market, fetched } = await tradingOf(scene, mint, buyer.address);
    const buy = {
      buyer: buyer.address,
      payer: buyer.address,
      lamports: SOL,
      minTokensOut: 1n,
      lamportsPerByte: 6_960n,
      fetched,
    };
    const built = await pumpfun.instructions(market, buy, 0);
    expect((await scene.run(buyer, [], [...built.setup, ...built.swap])).err).not.toBeNull();
  });

  it("is complete when all is sold: no quote reaches beyond, and a late buy is told so", async () => {
    const { scene, mint } = await launch(folder, "token-2022");
    const [buyer, late] = [await scene.wallet(1_000n), await scene.wallet()];
    const { market, fetched } = await tradingOf(scene, mint, buyer.address);
    expect(pumpfun.quote(market, 200n * SOL)).toBeNull();
    const rest = await buyRest(market, {
      buyer: buyer.address,
      payer: buyer.address,
      lamportsPerByte: 6_960n,
      fetched,
    });
    expect((await scene.run(buyer, [], rest)).err).toBeNull();
    expect((await readVenue(scene, pumpfun, mint)).reading.state).toBe("migrating");
    const lateBuy = {
      buyer: late.address,
      payer: late.address,
      lamports: SOL,
      minTokensOut: 1n,
      lamportsPerByte: 6_960n,
      fetched,
    };
    const built = await pumpfun.instructions(market, lateBuy, DEPLOYED);
    const { err } = await scene.run(late, [], [...built.setup, ...built.swap]);
    expect(pumpfun.errors.ended).toContain(customCodeOf({ error: err } as TransactionFailure));
  });
});
