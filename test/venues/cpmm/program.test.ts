/** Tests that the real program executes our CPMM buys. */
import { getTransferSolInstruction } from "@solana-program/system";
import { expect, it } from "vitest";
import type { TransactionFailure } from "../../../src/engine/ports.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../src/localnet/programs.ts";
import { cpmm } from "../../../src/venues/cpmm/index.ts";
import type { CpmmMarket } from "../../../src/venues/cpmm/market.ts";
import { customCodeOf } from "../../../src/venues/custom-code.ts";
import { describeWithPrograms } from "../../support/programs.ts";
import { type Coin, launchPool, tradingOf } from "../open-pool.ts";
import { SOL } from "../real-programs.ts";

const WRAPPED_RENT = 2_039_280n;

describeWithPrograms("Raydium's own CPMM program", (folder) => {
  it.each<[string, Coin]>([
    ["an SPL token", { tokenProgram: TOKEN_PROGRAM }],
    ["a Token-2022 token", { tokenProgram: TOKEN_2022_PROGRAM }],
    ["a Token-2022 token with a transfer fee", { tokenProgram: TOKEN_2022_PROGRAM, transferFeeBps: 150 }],
  ])("gives what was quoted, buy after buy, for %s", async (_name, coin) => {
    const { scene, mint } = await launchPool(folder, coin);
    let expected: CpmmMarket | null = null;
    for (const lamports of [1_000_000n, SOL, 123_456_789n, 30n * SOL]) {
      const [funding, buyer] = [await scene.wallet(), await scene.wallet(0n)];
      const { market, fetched } = await tradingOf(scene, mint);
      if (expected !== null) expect(market).toEqual(expected);
      const { tokensOut } = cpmm.quote(market, lamports) ?? expect.fail("no quote");
      const built = await cpmm.instructions(
        market,
        {
          buyer: buyer.address,
          payer: funding.address,
          lamports,
          minTokensOut: tokensOut,
          lamportsPerByte: 6_960n,
          fetched,
        },
        0,
      );
      const pay = getTransferSolInstruction({
        source: funding,
        destination: buyer.address,
        amount: lamports,
      });
      const bought = await scene.run(
        funding,
        [buyer],
        [pay, ...built.setup, ...built.swap, ...built.cleanup],
      );
      expect(bought.err, bought.logs.join("\n")).toBeNull();
      expect(await scene.tokens(buyer.address, mint)).toBe(tokensOut);
      expect(built.transientLamports).toBe(WRAPPED_RENT);
      expect(scene.lamports(buyer.address)).toBe(WRAPPED_RENT);
      expected = cpmm.after(market, lamports);
    }
  });

  it("refuses a buy that would give less than the least accepted, with a code that the venue names", async () => {
    const { scene, mint } = await launchPool(folder, {
      tokenProgram: TOKEN_2022_PROGRAM,
      transferFeeBps: 150,
    });
    const buyer = await scene.wallet();
    const { market, fetched } = await tradingOf(scene, mint);
    const { tokensOut } = cpmm.quote(market, SOL) ?? expect.fail("no quote");
    const built = await cpmm.instructions(
      market,
      {
        buyer: buyer.address,
        payer: buyer.address,
        lamports: SOL,
        minTokensOut: tokensOut + 1n,
        lamportsPerByte: 6_960n,
        fetched,
      },
      0,
    );
    const { err } = await scene.run(buyer, [], [...built.setup, ...built.swap, ...built.cleanup]);
    expect(cpmm.errors.slippage).toContain(customCodeOf({ error: err } as TransactionFailure));
    expect(await scene.tokens(buyer.address, mint)).toBe(0n);
  });
});
