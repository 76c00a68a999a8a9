/** Attack: what leaves at most leaves out rents of a route's accounts for wallets that have the token already. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { buysOf } from "../../src/engine/buy/leg-shapes.ts";
import type { Buy, NewLeg, OpenVenue, Survey } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";

const RENT = 2_039_280n;

// It shows the fault as it is: the rent of the account on the route (USDC, say) is 0 for the second leg.
it.fails("counts the rent of an account on the route for every wallet", async () => {
  const legOf = (index: number): NewLeg => ({
    index,
    walletId: `w${index}`,
    address: addressOf(`wallet ${index}`),
    lamports: lamports(1n),
    tokensBefore: null as never,
  });
  const [first, second] = [legOf(1), legOf(2)];
  const owner = (tokens: bigint | null) => ({ lamports: 0n, tokens, tokenAccount: addressOf("account") });
  const survey = {
    owners: new Map([
      [first.address, owner(null)],
      [second.address, owner(5n)],
    ]),
  } as unknown as Survey;
  // The sample opens the account of the token and one on its route.
  const buy = { rentLamports: 2n * RENT, buyerRentLamports: 0n, transientLamports: 0n } as unknown as Buy;
  const open = { offline: false } as unknown as OpenVenue;
  const payers = { funding: null };
  const buys = await buysOf(open, { survey, payers }, { legs: [first, second], sample: { leg: first, buy } });
  const ways = [buys.get(2)?.now, ...(buys.get(2)?.later ?? [])];
  expect(ways.some((way) => (way?.rentLamports ?? 0n) >= RENT)).toBe(true);
});
