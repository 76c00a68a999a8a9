/**
 * Tests a leg whose wallet became unfit after the plan, in a market near its end: it has an offer for the other legs, and
 * none for this one.
 */
import { lamports } from "@solana/kit";
import { expect, it } from "vitest";
import { runOperation } from "../../src/engine/operation/run.ts";
import type { Address, Ports, Survey, Venues } from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { CTOError } from "../../src/errors/index.ts";
import { addressOf, legsOf, planned, USER } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { open, openCluster } from "./landing-cluster.ts";
import { delivers } from "./parts.ts";

const MINT = addressOf("token");
const accountOf = (buyer: Address): Address => addressOf(`account of ${buyer}`);

const UNFIT = 2;
const survey: Survey = {
  slot: 1_000n,
  mint: MINT,
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map(
    legsOf(3).map(({ index, address }) => {
      const fault = index === UNFIT ? { unfitAccounts: ["its token account is frozen"] } : {};
      const holdings = { lamports: lamports(900_000_000n), tokens: 0n, tokenAccount: accountOf(address) };
      return [address, { ...holdings, ...fault }];
    }),
  ),
  fetched: { slot: 1_000n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

const openNearItsEnd: Venues["open"] = async (venue, surveyed, terms) => ({
  ...(await open(venue, surveyed, terms)),
  offer: (amount) => {
    if (terms.legs.includes(amount)) return { tokensOut: 13n, leastTokens: 12n };
    const reason = `its market cannot serve ${amount} lamports`;
    throw new CTOError("CTO_E_NO_LIQUIDITY", { mint: MINT, venue, reason });
  },
});

/** Runs an operation of three legs whose second wallet is unfit. Returns the outcome of each leg. */
async function run(prepare: (journal: ReturnType<typeof createMemoryJournal>) => Promise<void>) {
  const { ports: cluster } = await openCluster();
  const journal = createMemoryJournal({ now: () => new Date() });
  await prepare(journal);
  const { id, lease } = await planned(journal, 3, "op", { skipUnfit: true });
  const delivered = new Map(legsOf(3).map(({ address }) => [accountOf(address), 13n]));
  const ports: Ports = {
    ...cluster,
    journal,
    chain: {
      ...cluster.chain,
      simulate: async (...asked) => ({ ...(await cluster.chain.simulate(...asked)), tokensAfter: delivered }),
      readTransaction: async () => delivers(3, 13n),
    },
    venues: { ...cluster.venues, open: openNearItsEnd, survey: async () => survey },
  };
  const ended = await runOperation(ports, id, {
    lease,
    wallets: [],
    signal: new AbortController().signal,
    settings: { ...ENGINE_DEFAULTS, limitsRequired: async () => false },
  });
  expect(ended.status).toBe("completed");
  const steps = await journal.readSteps(id);
  return steps.map(({ number, status, failure }) => [number, status, failure?.code]);
}

const ALONE = [
  [1, "confirmed", undefined],
  [2, "failed", "CTO_E_WALLETS_UNFIT"],
  [3, "confirmed", undefined],
];

it("fails alone, named, and the others are bought", async () => {
  expect(await run(async () => undefined)).toEqual(ALONE);
});

it("does not refuse the others by the limit of its own wallet", async () => {
  const outcome = await run(async (journal) => {
    const most = lamports(10_000_000n);
    const earlier = {
      stepId: "earlier.buy.1",
      kind: "spending",
      walletId: `w${UNFIT}`,
      lamports: most,
    } as const;
    const caps = { operationLamports: null, userDayLamports: null, walletLifetimeLamports: null };
    expect(await journal.reserveSpending(USER, [earlier], caps)).toBeNull();
    await journal.writeLimits(USER, { maxWalletLifetimeLamports: most });
  });
  expect(outcome).toEqual(ALONE);
});
