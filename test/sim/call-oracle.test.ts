/** Tests that the oracle of simulated calls does not count towards the least what a member signed before it withdrew. */
import { expect, it } from "vitest";
import { CallOracle } from "../../sim/calls/oracle.ts";
import { type CallScenario, drawCall } from "../../sim/calls/scenario.ts";
import { buyInstruction, compose, signTransaction } from "../../sim/transaction.ts";
import type { World } from "../../sim/world.ts";
import type { CallRecord } from "../../src/calls/call-record.ts";
import type { Address, TransactionDraft } from "../../src/engine/ports.ts";

/** A scenario whose least takes all of its members. */
function drawn(): CallScenario {
  for (let seed = 1; seed < 1_000; seed += 1) {
    const scenario = drawCall(seed);
    if (scenario.call.terms.leastWallets === scenario.members.length) return scenario;
  }
  throw new Error("no such scenario");
}
const { call, members } = drawn();

async function buyOf(wallet: Address) {
  const draft = {
    feePayer: wallet,
    transfers: [],
    memo: { text: `cto:1:${call.terms.callId}:buy:1/1`, signer: wallet },
    swap: [
      buyInstruction(call.terms.mint, {
        lamports: 1n,
        tokens: 1n,
        least: 1n,
        rent: 0n,
        isStrangers: false,
        isBelowMarket: false,
      }),
    ],
    setup: [],
    cleanup: [],
    computeUnitLimit: 1,
    computeUnitPrice: 0n,
    lifetime: { blockhash: "hash" },
    lookupTables: {},
  } as unknown as TransactionDraft;
  return signTransaction(compose(draft));
}

/** What the oracle says when we send the first member's transaction, and all of them have signed. */
async function afterSend({ withdrawn = [] as readonly Address[] } = {}): Promise<readonly string[]> {
  const oracle = new CallOracle({ call, members });
  const signed = await Promise.all(members.map(async ({ wallet }) => ({ wallet, ...(await buyOf(wallet)) })));
  for (const { wallet, signature } of signed) oracle.signed(wallet, signature);
  for (const wallet of withdrawn) oracle.withdrew(wallet);
  const record = {
    muster: {
      released: true,
      goal: { endsAt: call.closesAt },
      members: signed.map(({ wallet, signature }) => ({
        wallet,
        attempts: [{ lifetime: { blockhash: "hash" }, signature }],
      })),
    },
  } as unknown as CallRecord;
  const world = { scheduler: { now: 0 } } as unknown as World;
  const [first] = signed;
  if (first === undefined) throw new Error("no member");
  oracle.sends(world, first.wire, record);
  return oracle.violations;
}

it("says nothing while all that the least takes have signed", async () => {
  expect(await afterSend()).toEqual([]);
});

it("says that the least was not in hand, if one of them had withdrawn", async () => {
  const last = members.at(-1)?.wallet ?? expect.fail("no member");
  expect(await afterSend({ withdrawn: [last] })).toEqual([expect.stringContaining("below the least")]);
});
