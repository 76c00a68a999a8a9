/** Tests the simulator's judges of fundings ahead: whom a funding pays, and who pays for a buy that has failed. */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import type { Block, Cluster, Landing } from "../../sim/cluster.ts";
import { Oracle } from "../../sim/oracle.ts";
import type { Process } from "../../sim/process.ts";
import { checkReserved } from "../../sim/reserved.ts";
import { compose, type SimTransaction, signTransaction, TOKEN } from "../../sim/transaction.ts";
import type { World } from "../../sim/world.ts";
import type { Address } from "../../src/engine/ports.ts";
import {
  addressOf,
  attemptOf,
  inserted,
  planned,
  requestOf,
  USER,
} from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

const FUNDER = "funder" as Address;
const [ONE, TWO] = ["one", "two"] as [Address, Address];
const SHARE = 1_000_000n;
const OWN = 5_000_000n;
const FEE = 5_000n;

const transactionOf = (memo: string, changes: Partial<SimTransaction>): SimTransaction => ({
  version: 0,
  memo,
  memoSigner: FUNDER,
  feePayer: FUNDER,
  fee: FEE,
  transfers: [],
  mint: null,
  lamports: 0n,
  tokens: 0n,
  least: 0n,
  rent: 0n,
  isStrangers: false,
  isBelowMarket: false,
  blockhash: "",
  signature: memo as SimTransaction["signature"],
  ...changes,
});

const landingOf = (transaction: SimTransaction, changes: Partial<Landing> = {}): Landing => ({
  transaction,
  failed: false,
  isShortOfRent: false,
  isUnrun: false,
  changes: [],
  received: [],
  ...changes,
});

const fundingOf = (...buyers: readonly Address[]): Landing => {
  const transfers = buyers.map((to) => ({ from: FUNDER, to, lamports: SHARE + 100n }));
  return landingOf(transactionOf("cto:1:op1:fund:1/1", { transfers }));
};

/** A buy of the first wallet that failed on chain: its own SOL paid the fee. */
const failedBuy = landingOf(
  transactionOf("cto:1:op1:buy:1/2", { memoSigner: ONE, feePayer: ONE, mint: TOKEN, lamports: SHARE }),
  { failed: true, changes: [{ address: ONE, before: lamports(OWN), after: lamports(OWN - FEE) }] },
);

/** Judges one operation of two legs. A fork drops the first block, and the others remain. */
function judge(dropped: readonly Landing[], kept: readonly Landing[]): readonly string[] {
  const wallets = [
    { id: "w0", userId: USER, role: "funding", address: FUNDER },
    { id: "w1", userId: USER, role: "buyer", address: ONE },
    { id: "w2", userId: USER, role: "buyer", address: TWO },
  ] as const;
  const oracle = new Oracle({ wallets, balances: new Map([ONE, TWO].map((buyer) => [buyer, OWN])) });
  const request = {
    ...requestOf({ mode: "standard", tokenAddress: TOKEN }),
    buyLamports: lamports(2n * SHARE),
  };
  const none = { at: 0, cancelAt: 0, recoverAt: [], retryAt: [], retryOf: null };
  oracle.accept({ id: "op1", request, buyers: [ONE, TWO], ...none });
  const ledger = {
    lamports: new Map([
      [ONE, OWN - FEE],
      [TWO, OWN],
    ]),
  };
  const blockOf = (landings: readonly Landing[]) => ({ height: 1, landings, ledger }) as unknown as Block;
  const [lost, tip] = [blockOf(dropped), blockOf(kept)];
  const cluster = {
    isAncestor: (block: Block) => block !== lost,
    view: () => ({ tip }),
    forks: 1,
  } as unknown as Cluster;
  oracle.see(lost, cluster);
  oracle.see(tip, cluster);
  oracle.conclude(cluster, []);
  return oracle.violations;
}

describe("the oracle", () => {
  it("lets a wallet pay the fee of its failed buy, if a fork dropped its funding and nothing funded it again", () => {
    expect(judge([fundingOf(ONE, TWO)], [failedBuy])).toEqual([]);
    expect(judge([fundingOf(ONE, TWO)], [failedBuy, fundingOf(TWO)])).toEqual([]);
  });

  it("sees a wallet that pays itself although its funding remained, or although no funding ever paid it", () => {
    const own = [expect.stringContaining("had 5000000 of its own")];
    expect(judge([fundingOf(ONE, TWO)], [failedBuy, fundingOf(ONE, TWO)])).toEqual(own);
    expect(judge([], [failedBuy, fundingOf(TWO)])).toEqual(own);
    expect(judge([fundingOf(TWO)], [failedBuy, fundingOf(TWO)])).toEqual(own);
  });

  it("sees a buy that landed although the funding that remained leaves its wallet out", () => {
    const bought = { ...failedBuy, failed: false };
    expect(judge([fundingOf(ONE, TWO)], [bought, fundingOf(TWO)])).toEqual([
      "op1#1 was bought, but the funding of op1 leaves it out",
    ]);
  });
});

describe("the check before each signature", () => {
  /** Checks a funding of both legs. The signed buy of the first has this status. */
  async function check(status: "failed" | "ready"): Promise<readonly string[]> {
    const journal = createMemoryJournal({ now: () => new Date() });
    const { id, lease, first } = await planned(journal, 2, "op1", { mode: "standard" });
    await journal.writeFunding(id, lease, 1);
    const message = compose({
      feePayer: FUNDER,
      transfers: [1, 2].map((leg) => ({
        from: FUNDER,
        to: addressOf(`wallet ${leg}`),
        lamports: lamports(SHARE),
      })),
      setup: [],
      swap: [],
      memo: { text: "cto:1:op1:fund:1/1", signer: FUNDER },
      cleanup: [],
      computeUnitLimit: 0,
      computeUnitPrice: 0n,
      lifetime: attemptOf(1),
      lookupTables: {},
    });
    const flying = await inserted(journal, first, lease, {
      ...attemptOf(1),
      ...(await signTransaction(message)),
    });
    const attempt = { number: 1, status: "dead", reason: "it failed on chain" } as const;
    await journal.changeStep(first.id, flying.version, lease, { status, attempt });
    const world = { journal, tally: { violations: [] as string[] } };
    await checkReserved(world as unknown as World, {} as Process, message);
    return world.tally.violations.filter((violation) => violation.includes("pays leg"));
  }

  it("sees a funding that pays a leg whose buy has ended", async () => {
    expect(await check("failed")).toEqual(["cto:1:op1:fund:1/1 pays leg 1, whose buy has ended"]);
    expect(await check("ready")).toEqual([]);
  });
});
