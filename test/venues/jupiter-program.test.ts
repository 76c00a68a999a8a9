/** Tests what Jupiter's own program accepts, enforces and allows. `policy/jupiter.ts` depends on these findings. */
import type { AccountMeta, Address } from "@solana/kit";
import { expect, it } from "vitest";
import type { Holdings, TransactionFailure } from "../../src/engine/ports.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../src/localnet/programs.ts";
import {
  checkJupiterSwap,
  leastTokensOf,
  oursAmong,
  type SwapInstruction,
} from "../../src/policy/jupiter.ts";
import { endOfPlan } from "../../src/policy/jupiter-plan.ts";
import { reads } from "../../src/venues/accounts.ts";
import { cpmm } from "../../src/venues/cpmm/index.ts";
import { CPMM_PROGRAM } from "../../src/venues/cpmm/program.ts";
import { customCodeOf } from "../../src/venues/custom-code.ts";
import { proofOfDelivery } from "../../src/venues/delivery-proof.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { openTokenAccount, tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { describeWithPrograms } from "../support/programs.ts";
import {
  type Amounts,
  buyersAccounts,
  KINDS,
  type Kind,
  sharedAccounts,
  swapInstruction,
} from "./jupiter-swaps.ts";
import { launchPool, openPool, tradingOf } from "./open-pool.ts";
import { type Scene, SOL } from "./real-programs.ts";

const SLIPPAGE_EXCEEDED = 6001;
/** An error of the token programs. */
const INSUFFICIENT_FUNDS = 1;
/** The program reads the data first. Next it would fail because the test's buyer has nothing to swap. */
const UNREADABLE = "BorshIoError";

type Change = {
  readonly amounts?: (quoted: bigint) => Partial<Amounts>;
  readonly accounts?: (accounts: readonly AccountMeta[]) => readonly AccountMeta[];
  /** If set, the transaction has the proof of delivery, which ends our own transactions. */
  readonly isProved?: true;
};

/** Buys once with a new wallet. @returns the result on chain, and the policy's verdict */
async function swap(scene: Scene, mint: Address, tokenProgram: Address, kind: Kind, change: Change = {}) {
  const buyer = await scene.wallet();
  const { market, fetched } = await tradingOf(scene, mint);
  const { tokensOut } = cpmm.quote(market, SOL) ?? expect.fail("no quote");
  const request = {
    buyer: buyer.address,
    payer: buyer.address,
    lamports: SOL,
    minTokensOut: 0n,
    lamportsPerByte: 6_960n,
    fetched,
  };
  const built = await cpmm.instructions(market, request, 0);
  const steps = [reads(CPMM_PROGRAM), ...built.swap.flatMap(({ accounts }) => accounts ?? [])];
  const meant = { buyer: buyer.address, mint, tokenProgram };
  const { source, destination } = await buyersAccounts(meant);
  const shared = await sharedAccounts(meant);
  const opened = [
    openTokenAccount(
      { buyer: shared.authority, payer: buyer.address },
      shared.source,
      WRAPPED_SOL_MINT,
      TOKEN_PROGRAM,
    ),
    openTokenAccount(
      { buyer: shared.authority, payer: buyer.address },
      shared.destination,
      mint,
      tokenProgram,
    ),
  ];
  const amounts = { lamports: SOL, quoted: tokensOut, slippageBps: 0, ...change.amounts?.(tokensOut) };
  const honest = await swapInstruction({ kind, ...meant, steps }, amounts);
  const instruction = { ...honest, accounts: change.accounts?.(honest.accounts) ?? honest.accounts };
  const held = { lamports: SOL, tokenAccount: destination, tokens: null };
  const owners = new Map([[buyer.address, held as Holdings]]);
  const proof = proofOfDelivery({ mint, decimals: 6, tokenProgram, owners }, buyer.address, tokensOut);
  const after = [...(change.isProved ? [proof] : []), ...built.cleanup];
  const executed = await scene.run(buyer, [], [...opened, ...built.setup, instruction, ...after]);
  const decoded: SwapInstruction = {
    program: instruction.programAddress,
    accounts: instruction.accounts.map(({ address }) => address),
    data: instruction.data,
  };
  const verdict = checkJupiterSwap(decoded, {
    buyer: buyer.address,
    mint,
    source,
    destination,
    lamports: SOL,
    leastTokens: 1n,
    ours: await oursAmong([buyer.address], [WRAPPED_SOL_MINT, mint]),
  });
  return {
    quoted: tokensOut,
    got: await scene.tokens(buyer.address, mint),
    code: executed.err === null ? null : customCodeOf({ error: executed.err } as TransactionFailure),
    logs: executed.logs.join("\n"),
    verdict,
    least: leastTokensOf(decoded),
  };
}

/**
 * A quote for which the program must give one unit more than it does, and would not if it rounded the other
 * way.
 */
const hardlyTooMuch = (quoted: bigint) => {
  const asked = (quoted * 10_000n + 9_899n) / 9_900n;
  return { slippageBps: 100, quoted: asked % 100n === 0n ? asked + 1n : asked };
};

/** The newest swap that the binary knows. It is older than our table. */
const LAST_OF_BINARY = 117;

describeWithPrograms("Jupiter's own program", (folder) => {
  it.each(
    KINDS.flatMap((kind) => [TOKEN_PROGRAM, TOKEN_2022_PROGRAM].map((program) => [kind, program] as const)),
  )("carries out %s for a mint of %s as the policy reads it", async (kind, tokenProgram) => {
    const { scene, mint } = await launchPool(folder, { tokenProgram });
    const done = await swap(scene, mint, tokenProgram, kind, { isProved: true });
    expect(done.code, done.logs).toBeNull();
    expect(done).toMatchObject({ got: done.quoted, verdict: null, least: done.quoted });
  });

  it.each(KINDS)("lets %s end with no less than the quote less slippage, rounded up", async (kind) => {
    const { scene, mint } = await launchPool(folder, { tokenProgram: TOKEN_PROGRAM });
    const failed = await swap(scene, mint, TOKEN_PROGRAM, kind, { amounts: hardlyTooMuch });
    expect(failed).toMatchObject({ code: SLIPPAGE_EXCEEDED, got: 0n, least: failed.quoted + 1n });
    const exact = await swap(scene, mint, TOKEN_PROGRAM, kind, {
      amounts: (quoted) => ({ slippageBps: 100, quoted: (quoted * 10_000n) / 9_900n }),
    });
    expect(exact.code, exact.logs).toBeNull();
    expect(exact.least).toBeLessThanOrEqual(exact.got);
  });

  it.each(["route_v2", "route"] as const)(
    "does not check whom the last step of %s pays: the policy does, and the proof of delivery fails on chain",
    async (kind) => {
      const { scene, mint } = await launchPool(folder, { tokenProgram: TOKEN_PROGRAM });
      const stranger = await scene.wallet();
      const theirs = await tokenAccountOf(stranger.address, mint, TOKEN_PROGRAM);
      const open = openTokenAccount(
        { buyer: stranger.address, payer: stranger.address },
        theirs,
        mint,
        TOKEN_PROGRAM,
      );
      await scene.run(stranger, [], [open]);
      const robs = (accounts: readonly AccountMeta[]): AccountMeta[] => {
        const destination = accounts[kind === "route" ? 3 : 2]?.address;
        return accounts.map((account, at) =>
          at > 9 && account.address === destination ? { ...account, address: theirs } : account,
        );
      };
      const proved = await swap(scene, mint, TOKEN_PROGRAM, kind, { accounts: robs, isProved: true });
      expect(proved).toMatchObject({ code: INSUFFICIENT_FUNDS, got: 0n });
      expect(await scene.tokens(stranger.address, mint)).toBe(0n);
      const robbed = await swap(scene, mint, TOKEN_PROGRAM, kind, { accounts: robs });
      expect(robbed.code, robbed.logs).toBeNull();
      expect(robbed.got).toBe(0n);
      expect(await scene.tokens(stranger.address, mint)).toBe(robbed.quoted);
      expect(robbed.verdict).toBe("no step pays the buyer's token account");
    },
  );

  it("pays any optional destination: the policy refuses all", async () => {
    const { scene, mint } = await launchPool(folder, { tokenProgram: TOKEN_PROGRAM });
    const stranger = await scene.wallet();
    const theirs = await tokenAccountOf(stranger.address, mint, TOKEN_PROGRAM);
    const open = openTokenAccount(
      { buyer: stranger.address, payer: stranger.address },
      theirs,
      mint,
      TOKEN_PROGRAM,
    );
    await scene.run(stranger, [], [open]);
    const robbed = await swap(scene, mint, TOKEN_PROGRAM, "route_v2", {
      accounts: (accounts) =>
        accounts.map((account, at) => (at === 7 ? { address: theirs, role: 1 } : account)),
    });
    expect(robbed).toMatchObject({ code: null, got: 0n });
    expect(robbed.verdict).toContain("account 8");
  });

  it("lets a route begin with another token that the buyer holds: the policy does not", async () => {
    const { scene, mint } = await launchPool(folder, { tokenProgram: TOKEN_PROGRAM });
    const held = await openPool(scene, { tokenProgram: TOKEN_PROGRAM });
    const [buyer, whale] = [await scene.wallet(), await scene.wallet(20_000n)];
    const buyHeld = async (wallet: typeof buyer, lamports: bigint) => {
      const { market, fetched } = await tradingOf(scene, held);
      const asked = { buyer: wallet.address, payer: wallet.address, lamports, minTokensOut: 0n };
      const built = await cpmm.instructions(market, { ...asked, lamportsPerByte: 6_960n, fetched }, 0);
      const done = await scene.run(wallet, [], [...built.setup, ...built.swap, ...built.cleanup]);
      expect(done.err, done.logs.join("\n")).toBeNull();
      return built;
    };
    const built = await buyHeld(buyer, SOL);
    // After this buy, one unit of the held token is worth more than a lamport.
    await buyHeld(whale, 12_000n * SOL);
    const before = await scene.tokens(buyer.address, held);

    const { market, fetched } = await tradingOf(scene, mint);
    const lamports = SOL / 10n;
    const { tokensOut } = cpmm.quote(market, lamports) ?? expect.fail("no quote");
    const asked = { buyer: buyer.address, payer: buyer.address, lamports, minTokensOut: 0n };
    const honest = await cpmm.instructions(market, { ...asked, lamportsPerByte: 6_960n, fetched }, 0);
    const accountsOf = (swaps: typeof built.swap) => swaps.flatMap(({ accounts }) => accounts ?? []);
    const [payer, authority, config, pool, input, output, ...rest] = accountsOf(built.swap);
    const [vaultIn, vaultOut, programIn, programOut, mintIn, mintOut, observation] = rest;
    const sale = [payer, authority, config, pool, output, input, vaultOut, vaultIn, programOut, programIn];
    const steps = [
      reads(CPMM_PROGRAM),
      ...([...sale, mintOut, mintIn, observation] as AccountMeta[]),
      reads(CPMM_PROGRAM),
      ...accountsOf(honest.swap),
    ];
    const meant = { buyer: buyer.address, mint, tokenProgram: TOKEN_PROGRAM };
    const amounts = { lamports, quoted: tokensOut, slippageBps: 100 };
    const instruction = await swapInstruction({ kind: "route_v2", ...meant, steps }, amounts);
    const plan = [2, 0, 0, 0, 46, 0x10, 0x27, 0, 1, 46, 0x10, 0x27, 1, 2];
    const data = Uint8Array.from([...instruction.data.subarray(0, 30), ...plan]);
    const robbed = await scene.run(buyer, [], [...honest.setup, { ...instruction, data }, ...honest.cleanup]);
    expect(robbed.err, robbed.logs.join("\n")).toBeNull();
    expect(await scene.tokens(buyer.address, mint)).toBeGreaterThan(tokensOut);
    expect(before - (await scene.tokens(buyer.address, held))).toBe(lamports);

    const accounts = instruction.accounts.map(({ address }) => address);
    const verdict = checkJupiterSwap(
      { program: instruction.programAddress, accounts, data },
      {
        ...(await buyersAccounts(meant)),
        ...meant,
        lamports,
        leastTokens: 1n,
        ours: await oursAmong([buyer.address], [WRAPPED_SOL_MINT, mint, held]),
      },
    );
    expect(verdict).toContain("which is ours");
  });

  it("reads a plan of version 1 to the same byte as the policy, for every variant that both know", async () => {
    const { scene, mint } = await launchPool(folder, { tokenProgram: TOKEN_PROGRAM });
    const buyer = await scene.wallet();
    const meant = { buyer: buyer.address, mint, tokenProgram: TOKEN_PROGRAM };
    const own = await buyersAccounts(meant);
    const self = { buyer: buyer.address, payer: buyer.address };
    await scene.run(
      buyer,
      [],
      [
        openTokenAccount(self, own.source, WRAPPED_SOL_MINT, TOKEN_PROGRAM),
        openTokenAccount(self, own.destination, mint, TOKEN_PROGRAM),
      ],
    );
    const isReadable = async (step: readonly number[], cut: number): Promise<boolean> => {
      const amounts = { lamports: 1n, quoted: 1n, slippageBps: 0, step };
      const whole = await swapInstruction({ kind: "route", ...meant, steps: [reads(CPMM_PROGRAM)] }, amounts);
      const data = whole.data.subarray(0, whole.data.length - cut);
      const { err } = await scene.run(buyer, [], [{ ...whole, data }]);
      return !JSON.stringify(err).includes(UNREADABLE);
    };
    const wrong: unknown[] = [];
    let read = 0;
    for (let variant = 0; variant < 256; variant += 1) {
      const step = [variant, ...new Array<number>(66).fill(0)];
      const data = new DataView(Uint8Array.from([1, 0, 0, 0, ...step]).buffer);
      const end = endOfPlan(data, 0);
      if (end === null) continue;
      const fields = new Array<number>(end - 3 - 5).fill(0);
      const whole = await isReadable([variant, ...fields], 0);
      if (!whole && variant > LAST_OF_BINARY) continue;
      read += 1;
      if (!whole || (await isReadable([variant, ...fields], 1))) wrong.push(variant);
    }
    expect(wrong).toEqual([]);
    expect(read).toBe(LAST_OF_BINARY);
  }, 120_000);
});
