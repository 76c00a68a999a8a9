/**
 * Tests a program that is upgraded between its simulation and its landing. While it is simulated, its account contains
 * a stub that does nothing. When it lands, the account contains the real binary of the associated token program, which
 * takes its payer's lamports for an account of a stranger. No simulation can show this; only the policy stops it,
 * because it does not know the program.
 */

import { readFileSync } from "node:fs";
import { AccountRole, type Address, generateKeyPairSigner, type Instruction, lamports } from "@solana/kit";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { afterAll, beforeAll, expect, it } from "vitest";
import { execute } from "../../hostile/execute.ts";
import { type Honest, honestBuys } from "../../hostile/honest.ts";
import { type HostileMarket, openHostileMarket } from "../../hostile/market.ts";
import { createOracle } from "../../hostile/oracle.ts";
import { compose, isRefusedByPolicy, isRefusedBySimulation } from "../../hostile/stages.ts";
import type { ProgramsFolder } from "../../src/localnet/programs-folder.ts";
import { pda } from "../../src/venues/pda.ts";
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
});
