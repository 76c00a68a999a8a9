/** Tests how much a buyer receives ahead of its buy, the first time and after a fork has dropped the funding. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { fundBuyers } from "../../src/engine/funding/funding.ts";
import type {
  Address,
  Holdings,
  Journal,
  Lease,
  NewAttempt,
  OpenVenue,
  Ports,
  Survey,
  Venues,
} from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { addressOf, attemptOf, inserted, planned, USER } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { open, openCluster, RENT } from "./landing-cluster.ts";

const FUNDER = { walletId: "funding", address: addressOf("funding") };
const BUYER = addressOf("wallet 1");
const MINT = addressOf("token");

/** The buyer has its token account already: from before, or from a buy on a dropped fork. */
const survey: Survey = {
  slot: 1_000n,
  mint: MINT,
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map([
    [FUNDER.address, { lamports: lamports(9_000_000_000n), tokens: null, tokenAccount: addressOf("none") }],
    [BUYER, { lamports: lamports(5_000_000n), tokens: 7n, tokenAccount: addressOf("account") }],
  ]),
  fetched: { slot: 1_000n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

/** A venue with two instructions. The older one opens an account for the coin's creator, at this rent. */
const CREATOR_RENT = lamports(2_039_280n);
const openOfTwo: Venues["open"] = async (...asked) => {
  const newer = await open(...asked);
  const older: OpenVenue = {
    ...newer,
    buy: async (request) => ({ ...(await newer.buy(request)), buyerRentLamports: CREATOR_RENT }),
  };
  return { ...newer, older };
};

/**
 * @param earlier the number of dead attempts of the funding
 * @param venue opens the market
 * @param refuses returns true if the cluster refuses the simulation with this number
 */
async function fund(
  earlier: number,
  venue: Venues["open"] = open,
  refuses: (simulated: number) => boolean = () => false,
  surveyed: Survey = survey,
) {
  const { ports: cluster, sent } = await openCluster();
  let simulated = 0;
  const given: Ports = {
    ...cluster,
    venues: { ...cluster.venues, open: venue },
    chain: {
      ...cluster.chain,
      simulate: async (...asked) => {
        const answer = await cluster.chain.simulate(...asked);
        simulated += 1;
        const failure = { error: "InvalidInstructionData", message: "no such instruction" };
        return refuses(simulated) ? { ...answer, failure } : answer;
      },
    },
  };
  const journal = createMemoryJournal({ now: () => new Date() });
  const ports = { ...given, journal };
  const { id, lease } = await planned(journal, 1);
  await journal.writeFunding(id, lease, 1);
  for (let number = 1; number <= earlier; number += 1) {
    const step = await journal.readStep(`${id}.fund.1`);
    if (step === null) throw new Error("no step");
    const flying = await inserted(journal, step, lease, attemptOf(number));
    const attempt = { number, status: "dead", reason: "its blockhash expired" } as const;
    await journal.changeStep(step.id, flying.version, lease, { status: "ready", attempt });
  }
  const operation = await journal.readOperation(id);
  if (operation === null) throw new Error("no operation");
  const run = { ports, operation, lease, signal: new AbortController().signal };
  const legs = await journal.readLegs(id);
  const settings = { ...ENGINE_DEFAULTS, limitsRequired: async () => false };
  await fundBuyers(run, settings, { funder: FUNDER, legs, survey: async () => surveyed });
  expect(await journal.readStep(`${id}.fund.1`)).toMatchObject({ status: "confirmed" });
  return sent();
}

describe("a funding ahead", () => {
  const shareAndFees = 1_000_000n + 5_000n * BigInt(ENGINE_DEFAULTS.maxAttempts);

  it("leaves out the rent of a token account that is there", async () => {
    expect(await fund(0)).toEqual([[BUYER, shareAndFees]]);
  });

  it("that is signed again pays the rent, which a buy that a fork left may have taken from the wallet's own", async () => {
    expect(await fund(1)).toEqual([[BUYER, shareAndFees + RENT]]);
  });

  it("is sized by the instruction that the program was seen to take, not by the newest", async () => {
    // The first simulation is the newest buy, paid by the funding wallet. The second is the funding itself.
    expect(await fund(0, openOfTwo)).toEqual([[BUYER, shareAndFees]]);
    const isNewest = (simulated: number): boolean => simulated === 1;
    expect(await fund(0, openOfTwo, isNewest)).toEqual([[BUYER, shareAndFees + CREATOR_RENT]]);
  });

  it("is sized by the dearest where the funding wallet's own accounts keep it from trying", async () => {
    const owners = new Map(survey.owners);
    const own = owners.get(FUNDER.address);
    if (own !== undefined) owners.set(FUNDER.address, { ...own, unfitAccounts: ["it is frozen"] });
    const [[, amount] = []] = (await fund(0, openOfTwo, undefined, { ...survey, owners })) ?? [];
    expect(amount).toBeGreaterThanOrEqual(shareAndFees + CREATOR_RENT);
  });
});

/** Signs the step once. */
async function flown(journal: Journal, lease: Lease, id: string, changes: Partial<NewAttempt> = {}) {
  const step = await journal.readStep(id);
  if (step === null) throw new Error("no step");
  return inserted(journal, step, lease, { ...attemptOf(1, id), ...changes });
}

/** Signs the step once. That attempt is dead. */
async function buried(journal: Journal, lease: Lease, id: string, status: "failed" | "ready") {
  const flying = await flown(journal, lease, id);
  const attempt = { number: 1, status: "dead", reason: "it failed on chain" } as const;
  await journal.changeStep(id, flying.version, lease, { status, attempt });
}

describe("a funding ahead of wallets of which one has become unfit since the plan", () => {
  const buyers = [1, 2, 3].map((leg) => addressOf(`wallet ${leg}`));
  const holding = (leg: number): Holdings => ({
    lamports: lamports(5_000_000n),
    tokens: 7n,
    tokenAccount: addressOf(`account ${leg}`),
  });
  const surveyed = (...unfit: readonly number[]): Survey => ({
    ...survey,
    owners: new Map([
      ...survey.owners,
      ...buyers.map((buyer, at): [typeof buyer, Holdings] => {
        const fault = unfit.includes(at + 1) ? { unfitAccounts: ["its token account is frozen"] } : {};
        return [buyer, { ...holding(at + 1), ...fault }];
      }),
    ]),
  });

  /** Opens an operation of three legs whose buys do not fit into one transaction with their funding. */
  async function openThree(request: { readonly skipUnfit?: true }) {
    const { ports: cluster, sent } = await openCluster();
    const journal = createMemoryJournal({ now: () => new Date() });
    const { id, lease } = await planned(journal, 3, "op", request);
    const operation = await journal.readOperation(id);
    if (operation === null) throw new Error("no operation");
    const run = { ports: { ...cluster, journal }, operation, lease, signal: new AbortController().signal };
    const settings = { ...ENGINE_DEFAULTS, limitsRequired: async () => false };
    const legs = await journal.readLegs(id);
    return {
      journal,
      id,
      lease,
      sent,
      fund: (now: Survey) => fundBuyers(run, settings, { funder: FUNDER, legs, survey: async () => now }),
      statuses: async () => (await journal.readSteps(id)).map(({ id: step, status }) => [step, status]),
    };
  }

  it("pays the others where the request leaves the unfit out, and gives up the buy of that one", async () => {
    const { fund, sent, statuses, journal, id } = await openThree({ skipUnfit: true });
    await fund(surveyed(2));
    expect(sent()?.map(([to]) => to)).toEqual([buyers[0], buyers[2]]);
    expect((await statuses()).toSorted()).toEqual([
      ["op.buy.1", "ready"],
      ["op.buy.2", "failed"],
      ["op.buy.3", "ready"],
      ["op.fund.1", "confirmed"],
    ]);
    const given = await journal.readStep(`${id}.buy.2`);
    expect(given?.failure).toMatchObject({ code: "CTO_E_WALLETS_UNFIT" });
    expect(given?.failure?.message).toContain(`${buyers[1]} (its token account is frozen)`);
    const funded = (await journal.readStep(`${id}.fund.1`))?.attempts[0]?.funded;
    expect(funded?.map(({ leg }) => leg)).toEqual([1, 3]);
    expect([...(await journal.readSpending(USER)).wallets.keys()].toSorted()).toEqual([
      "funding",
      "w1",
      "w3",
    ]);
  });

  it("does not pay that one later either: its buy would not come", async () => {
    const { fund, sent, journal, id, lease, statuses } = await openThree({ skipUnfit: true });
    await journal.writeFunding(id, lease, 1);
    const buy = await journal.readStep(`${id}.buy.2`);
    if (buy === null) throw new Error("no step");
    const failure = { code: "CTO_E_WALLETS_UNFIT", message: "it was unfit in an earlier run" };
    await journal.changeStep(buy.id, buy.version, lease, { status: "failed", failure });
    await fund(surveyed());
    expect(sent()?.map(([to]) => to)).toEqual([buyers[0], buyers[2]]);
    expect(await statuses()).toContainEqual(["op.fund.1", "confirmed"]);
  });

  it("that a fork dropped does not pay a leg again whose signed buy has failed for good", async () => {
    const { fund, sent, journal, id, lease } = await openThree({});
    await journal.writeFunding(id, lease, 1);
    await buried(journal, lease, `${id}.buy.2`, "failed");
    const landed = await flown(journal, lease, `${id}.buy.3`);
    const attempt = { number: 1, status: "landed" } as const;
    await journal.changeStep(landed.id, landed.version, lease, { status: "confirmed", attempt });
    // A wallet that is not paid need not be fit.
    await fund(surveyed(2));
    expect(sent()?.map(([to]) => to)).toEqual([buyers[0], buyers[2]]);
    expect((await journal.readSpending(USER)).wallets.has("w2")).toBe(false);
  });

  it("does not pay one whose signed buy is dead either, and gives that buy up", async () => {
    const { fund, sent, statuses, journal, id, lease } = await openThree({ skipUnfit: true });
    await journal.writeFunding(id, lease, 1);
    await buried(journal, lease, `${id}.buy.2`, "ready");
    await fund(surveyed(2));
    expect(sent()?.map(([to]) => to)).toEqual([buyers[0], buyers[2]]);
    expect(await statuses()).toContainEqual(["op.buy.2", "failed"]);
  });

  it("gives up the buys that a landed funding of an earlier run has left out", async () => {
    const { fund, statuses, journal, id, lease } = await openThree({ skipUnfit: true });
    await journal.writeFunding(id, lease, 1);
    const funded = [1, 3].map((leg) => ({ leg, lamports: lamports(3_000_000n) }));
    const flying = await flown(journal, lease, `${id}.fund.1`, { funded });
    const attempt = { number: 1, status: "landed" } as const;
    await journal.changeStep(flying.id, flying.version, lease, { status: "finalized", attempt });
    await fund(surveyed());
    expect((await statuses()).toSorted()).toEqual([
      ["op.buy.1", "ready"],
      ["op.buy.2", "failed"],
      ["op.buy.3", "ready"],
      ["op.fund.1", "finalized"],
    ]);
    const given = await journal.readStep(`${id}.buy.2`);
    expect(given?.failure).toMatchObject({ code: "CTO_E_WALLET_NOT_FUNDED" });
  });

  it("refuses all of it before anything is written where the request leaves nobody out", async () => {
    const { fund, sent, statuses } = await openThree({});
    await expect(fund(surveyed(2))).rejects.toMatchObject({ code: "CTO_E_WALLETS_UNFIT" });
    expect(sent()).toBeUndefined();
    expect(await statuses()).toEqual([1, 2, 3].map((leg) => [`op.buy.${leg}`, "ready"]));
  });

  it("refuses it too where no wallet is left", async () => {
    const { fund, sent } = await openThree({ skipUnfit: true });
    await expect(fund(surveyed(1, 2, 3))).rejects.toMatchObject({ code: "CTO_E_WALLETS_UNFIT" });
    expect(sent()).toBeUndefined();
  });
});

describe("a funding ahead in two transactions, of which the first has landed before an interruption", () => {
  it("asks the funding wallet for what the second one needs, not for both", async () => {
    const { ports: cluster } = await openCluster();
    const journal = createMemoryJournal({ now: () => new Date() });
    const { id, lease } = await planned(journal, 17);
    await journal.writeFunding(id, lease, 2);
    const first = await journal.readStep(`${id}.fund.1`);
    if (first === null) throw new Error("no step");
    const flying = await inserted(journal, first, lease, attemptOf(1));
    const attempt = { number: 1, status: "landed" } as const;
    await journal.changeStep(first.id, flying.version, lease, { status: "confirmed", attempt });
    const legs = await journal.readLegs(id);
    const holdings = legs.map(({ address, index }): [typeof address, Holdings] => [
      address,
      { lamports: lamports(5_000_000n), tokens: 7n, tokenAccount: addressOf(`account ${index}`) },
    ]);
    const own = { lamports: lamports(40_000_000n), tokens: null, tokenAccount: addressOf("none") };
    const owners = new Map<Address, Holdings>([...holdings, [FUNDER.address, own]]);
    const now = { ...survey, owners };
    const operation = await journal.readOperation(id);
    if (operation === null) throw new Error("no operation");
    const run = { ports: { ...cluster, journal }, operation, lease, signal: new AbortController().signal };
    const settings = { ...ENGINE_DEFAULTS, limitsRequired: async () => false };
    await fundBuyers(run, settings, { funder: FUNDER, legs, survey: async () => now });
    const second = await journal.readStep(`${id}.fund.2`);
    expect(second?.attempts[0]?.funded?.map(({ leg }) => leg)).toEqual([16, 17]);
    expect(second).toMatchObject({ status: "confirmed" });
  });
});
