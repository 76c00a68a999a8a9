/** Attacks `skipUnfit` by one endpoint of two that calls a wallet unfit: the other wallet then pays for both. */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { planLegs } from "../../src/engine/operation/validate.ts";
import type { Survey, Wallet } from "../../src/engine/ports.ts";
import { addressOf } from "../../src/journal/contract/harness.ts";
import { joinViews } from "../../src/venues/views.ts";
import { survey } from "./price-parts.ts";

it("does not move a wallet's share to another one on the word of a single endpoint", () => {
  const [a, b] = [addressOf("wallet a"), addressOf("wallet b")];
  const view = (endpoint: string, unfitAccounts?: readonly string[]): Survey => ({
    ...survey,
    endpoint,
    owners: new Map(
      [a, b].map((address) => [
        address,
        {
          tokenAccount: addressOf(`account of ${address}`),
          lamports: lamports(0n),
          tokens: null,
          ...(unfitAccounts && address === a ? { unfitAccounts } : {}),
        },
      ]),
    ),
  });
  const wallet = (id: string, address: typeof a): Wallet =>
    ({ id, address, role: "buyer" }) as unknown as Wallet;
  const participants = { buyers: [wallet("a", a), wallet("b", b)], payers: { funding: null } };
  const request = { buyLamports: lamports(1_000n), skipUnfit: true } as const;
  const plan = (views: readonly Survey[]) => planLegs(request, participants, joinViews(views));
  const fault = ["its token account has a delegate"];
  for (const views of [
    [view("honest"), view("liar", fault)],
    [view("liar", fault), view("honest")],
  ])
    expect(() => plan(views)).toThrow(expect.objectContaining({ code: "CTO_E_ENDPOINTS_DISAGREE" }));
  // If all agree, the wallet is left out, and the other one pays for both by the stated rule.
  expect(plan([view("one", fault), view("two", fault)]).legs).toMatchObject([
    { walletId: "b", lamports: 1_000n },
  ]);
});
