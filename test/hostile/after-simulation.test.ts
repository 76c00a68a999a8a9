/**
 * Tests a program that is upgraded between its simulation and its landing. While it is simulated, its account contains
 * a stub that does nothing. When it lands, the account contains the real binary of the associated token program, which
 * takes its payer's lamports for an account of a stranger. No simulation can show this; only the policy stops it,
 * because it does not know the program.
 */

import { readFileSync } from "node:fs";
import {
  AccountRole,
  type Address,
  createNoopSigner,
  generateKeyPairSigner,
  type Instruction,
  lamports,
} from "@solana/kit";
import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  getApproveInstruction,
  getTransferInstruction,
} from "@solana-program/token";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "../../hostile/execute.ts";
import { type Honest, honestBuys } from "../../hostile/honest.ts";
import { type HostileMarket, openHostileMarket } from "../../hostile/market.ts";
import { createOracle } from "../../hostile/oracle.ts";
import { compose, isRefusedByPolicy, isRefusedBySimulation } from "../../hostile/stages.ts";
import type { RawAccount } from "../../src/engine/ports.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { proofsOfKeeping } from "../../src/venues/on-the-way.ts";
import { pda } from "../../src/venues/pda.ts";
import { readMint, readTokens } from "../../src/venues/token-layout.ts";
import { openTokenAccount, tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import { describeWithPrograms } from "../support/programs.ts";

const LOADER = "BPFLoader2111111111111111111111111111111111" as Address;

let market: HostileMarket;
let honest: readonly Honest[];
let upgradable: Address;

const install = (elf: Uint8Array): void =>
  market.localnet.cluster.setAccount({
    address: upgradable,
    owner: LOADER,
    lamports: lamports(10_000_000_000n),
    data: elf,
    executable: true,
  });

/** A program that succeeds on every call and changes nothing. */
const stubOf = ({ programs }: ProgramsFolder): Uint8Array => {
  const stub = programs.find(({ path }) => path.endsWith("pump_fees_stub.so"));
  if (stub === undefined) throw new Error("no stub among the programs");
  return Uint8Array.from(readFileSync(stub.path));
};

const realBinary = (): Uint8Array => {
  const account = market.localnet.cluster.account(ASSOCIATED_TOKEN_PROGRAM_ADDRESS);
  if (account === null) throw new Error("the localnet has no associated token program");
  return Uint8Array.from(account.data);
};

/** An instruction that opens an account for a stranger at the buyer's cost, if the real program is deployed. */
async function trap({ meant, survey }: Honest): Promise<Instruction> {
  const { bystander } = market.wallets;
  const account = await pda(
    upgradable,
    { address: bystander },
    { address: survey.tokenProgram },
    { address: meant.mint },
  );
  const people = { buyer: bystander, payer: meant.payer };
  return {
    ...openTokenAccount(people, account, meant.mint, survey.tokenProgram),
    programAddress: upgradable,
  };
}

type Held = NonNullable<Honest["buy"]["keeps"]>[number] & { readonly account: Address };

const heldHeirloom = async ({ meant }: Honest): Promise<Held> => {
  const { heirloom: mint } = market.coins;
  const tokenProgram = market.localnet.cluster.account(mint)?.owner as Address;
  const account = await tokenAccountOf(meant.buyer, mint, tokenProgram);
  const raw = market.localnet.cluster.account(account);
  const tokens = raw === null ? null : readTokens(raw as unknown as RawAccount, mint, meant.buyer);
  if (tokens === null) throw new Error("the buyer has no heirloom");
  const { decimals } = readMint(market.localnet.cluster.account(mint) as unknown as RawAccount) as {
    decimals: number;
  };
  return { mint, tokenProgram, decimals, tokens, account };
};

/** The honest swap, with one more writable account at its end: what the buyer holds of another token. */
async function naming({ draft, meant }: Honest): Promise<Honest["draft"]> {
  const { heirloom } = market.coins;
  const program = market.localnet.cluster.account(heirloom)?.owner as Address;
  const held = { address: await tokenAccountOf(meant.buyer, heirloom, program), role: AccountRole.WRITABLE };
  const swap = draft.swap.map((each) => ({ ...each, accounts: [...(each.accounts ?? []), held] }));
  return { ...draft, swap };
}

describeWithPrograms("a program that is another one after its simulation", (folder) => {
  beforeAll(async () => {
    upgradable = (await generateKeyPairSigner()).address;
    market = await openHostileMarket(folder);
    honest = await honestBuys(market);
  });
  afterAll(async () => market[Symbol.asyncDispose]());

  it.each(["jupiter standard", "jupiter prefunded", "cpmm standard", "pumpfun prefunded"])(
    "passes the simulation in a buy by %s, takes lamports when it lands, and is stopped by the policy alone",
    async (name) => {
      const each = honest.find((one) => one.name.startsWith(name));
      if (each === undefined) throw new Error(`no honest buy by ${name}`);
      const { draft } = each;
      const trapped = { ...draft, setup: [...draft.setup, await trap(each)] };
      const unsigned = compose(market, each, trapped);
      if (unsigned === null) throw new Error("it is not composed");

      install(stubOf(folder));
      expect(await isRefusedBySimulation(market, each, unsigned)).toBe(false);
      const oracle = createOracle(market);
      expect(oracle.lossesOf(each, trapped, unsigned, execute(market, unsigned))).toEqual([]);

      install(realBinary());
      const landed = execute(market, unsigned);
      expect(landed.err).toBeNull();
      expect(oracle.lossesOf(each, trapped, unsigned, landed).join()).toContain("lost");

      expect(await isRefusedByPolicy(each, unsigned)).toBe(true);
    },
  );

  // A transfer by a step names no mint, so the bytes alone do not show whose account this is.
  it("is not given what else the buyer holds, though the simulation leaves it as it was", async () => {
    const each = honest.find((one) => one.name.startsWith("jupiter prefunded"));
    if (each === undefined) throw new Error("no honest buy");
    const draft = await naming(each);
    const unsigned = compose(market, each, draft);
    if (unsigned === null) throw new Error("it is not composed");
    const run = execute(market, unsigned);
    expect(run.err).toBeNull();
    expect(createOracle(market).lossesOf(each, draft, unsigned, run)).toEqual([]);
    expect(await isRefusedByPolicy(each, unsigned)).toBe(false);
    expect(await isRefusedBySimulation(market, each, unsigned)).toBe(true);
  });

  // The program of a step has the buyer's signature. What it does with it stands here as an instruction of its own.
  describe("keeps what the buyer has of a token on the way, whatever a step does when it lands", () => {
    const prepared = async () => {
      const each = honest.find((one) => one.name.startsWith("jupiter prefunded v1"));
      if (each === undefined) throw new Error("no honest buy");
      const held = await heldHeirloom(each);
      const named = await naming(each);
      const proved = { ...named, cleanup: [...named.cleanup, ...proofsOfKeeping([held], each.meant.buyer)] };
      const owner = createNoopSigner(each.meant.buyer);
      const config = { programAddress: held.tokenProgram };
      const { thief } = market.wallets;
      const destination = await tokenAccountOf(thief, held.mint, held.tokenProgram);
      const { account: source, tokens: amount } = held;
      const sold = getTransferInstruction({ source, destination, authority: owner, amount: 1n }, config);
      const lent = getApproveInstruction({ source, delegate: thief, owner, amount }, config);
      /** Composes the draft with what a step does, and executes it. */
      const land = (draft: Honest["draft"], step?: Instruction) => {
        const stepped = { ...draft, setup: [...draft.setup, ...(step ? [step] : [])] };
        const unsigned = compose(market, each, stepped);
        if (unsigned === null) throw new Error("it is not composed");
        const run = execute(market, unsigned);
        return { run, unsigned, losses: createOracle(market).lossesOf(each, stepped, unsigned, run) };
      };
      return { each, held, named, proved, sold, lent, land };
    };

    it("is accepted as it is, with the proof alone", async () => {
      const { each, held, named, proved, land } = await prepared();
      const knowing = {
        ...each,
        meant: { ...each.meant, keeps: [held] },
        buy: { ...each.buy, keeps: [held] },
      };
      const { run, unsigned, losses } = land(proved);
      expect([run.err, losses]).toEqual([null, []]);
      expect(await isRefusedByPolicy(knowing, unsigned)).toBe(false);
      expect(await isRefusedBySimulation(market, knowing, unsigned)).toBe(false);
      expect(await isRefusedByPolicy(knowing, land(named).unsigned)).toBe(true);
    });

    it("does not land if one unit is sold", async () => {
      const { named, proved, sold, land } = await prepared();
      expect(land(named, sold).losses.join()).toContain("lost 1 units");
      expect(land(proved, sold).run.err).not.toBeNull();
    });

    it("leaves nobody a right to spend from it later", async () => {
      const { named, proved, lent, land } = await prepared();
      expect(land(named, lent).losses.join()).toContain("has a delegate");
      expect(land(proved, lent)).toMatchObject({ run: { err: null }, losses: [] });
    });
  });
});
