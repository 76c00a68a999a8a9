/**
 * Attack: an aggregator's answer "opens" an account that the buyer has already. `CreateIdempotent` then does nothing, but
 * the policy takes the account for one that the transaction opens, and lets the swap name it, with all that it holds.
 * Only the simulation, of one endpoint, is left: nothing on chain keeps what the buyer had of that token.
 */
import { AccountRole, type Instruction } from "@solana/kit";
import { expect, it } from "vitest";
import type { Address, Lamports } from "../../src/engine/ports.ts";
import { judge } from "../../src/policy/index.ts";
import { proofOfDelivery } from "../../src/venues/delivery-proof.ts";
import { tokenAccountOf, wrapSol } from "../../src/venues/wrapped-sol.ts";
import { addressOf, BUYER, bytesOf, FUNDING, honestBuys, honestly, surveyOf } from "../policy/buys.ts";
import { swapInstruction } from "../venues/jupiter-swaps.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const writes = (address: Address) => ({ address, role: AccountRole.WRITABLE });
const lamports = (amount: number): Lamports => BigInt(amount) as Lamports;

it.fails("a swap does not name what the buyer already holds of another token", async () => {
  const survey = await surveyOf();
  const { mint } = survey;
  // The buyer holds this token, as usual for USDC. Neither the survey nor what is meant says so.
  const held = addressOf(78);
  const heldAccount = await tokenAccountOf(BUYER, held, TOKEN);
  const token = await tokenAccountOf(BUYER, mint, TOKEN);
  const wrapped = await wrapSol({ buyer: BUYER, payer: FUNDING }, 1_000_000_000n);
  const [direct] = await honestBuys();
  const opened = direct?.draft.setup[0] as Instruction;
  const opening: Instruction = {
    ...opened,
    accounts: (opened.accounts ?? []).map((account, at) => {
      if (at === 1) return { ...account, address: heldAccount };
      return at === 3 ? { ...account, address: held } : account;
    }),
  };
  // Its first step takes from the account that the buyer had. The program does not check that.
  const steps = [heldAccount, BUYER, wrapped.account, token, addressOf(31)].map(writes);
  const swap = await swapInstruction(
    { kind: "route_v2", buyer: BUYER, mint, tokenProgram: TOKEN, steps },
    { lamports: 1_000_000_000n, quoted: 9n, slippageBps: 0 },
  );
  const { draft, meant } = honestly(
    "jupiter",
    survey,
    {
      venue: "jupiter",
      tokensOut: 10n,
      minTokensOut: 9n,
      rentLamports: lamports(2_039_280),
      buyerRentLamports: lamports(0),
      transientLamports: lamports(2_039_280),
      setup: [opened, ...wrapped.setup, opening],
      swap: [swap],
      cleanup: [proofOfDelivery(survey, BUYER, 9n), ...wrapped.cleanup],
      lookupTables: {},
      alsoOpens: [held],
    },
    "standard",
  );
  expect(await judge(bytesOf(draft), meant)).not.toBeNull();
});
