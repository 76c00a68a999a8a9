/**
 * Tests a restore whose backup is older than a funding ahead. The journal has lost which legs that funding paid; the
 * landed transaction's bytes say it.
 */
import { lamports } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { toWire } from "../../src/base/wire.ts";
import { compose } from "../../src/chain/transaction.ts";
import { runOperation } from "../../src/engine/operation/run.ts";
import type {
  Address,
  FinalTransaction,
  Holdings,
  Leg,
  Ports,
  Survey,
  TransactionDraft,
  Wallet,
} from "../../src/engine/ports.ts";
import { detailsOf } from "../../src/engine/restore/found-details.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { addressOf, attemptOf, legsOf, planned, USER } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { openCluster } from "./landing-cluster.ts";
import { delivers } from "./parts.ts";

const FUNDER = addressOf("funding");
const L = 500n;
const FOUND = attemptOf(1, "after the backup");
const LEGS: readonly Leg[] = legsOf(3);
const addressOfLeg = (leg: number): Address => addressOf(`wallet ${leg}`);

type Paid = { readonly leg: number; readonly amount: bigint };

/** Returns the bytes of a transaction that moves SOL. */
function wireOf(
  memo: string,
  transfers: TransactionDraft["transfers"],
  format: TransactionDraft["format"] = { version: 0 },
) {
  const { messageBytes } = compose({
    feePayer: FUNDER,
    transfers,
    setup: [],
    swap: [],
    memo: { text: memo, signer: FUNDER },
    cleanup: [],
    computeUnitLimit: 10_000,
    computeUnitPrice: 1n,
    format,
    lookupTables: {},
    lifetime: FOUND,
  });
  return toWire(messageBytes, [new Uint8Array(64).fill(7)]);
}

const fundingOf = (paid: readonly Paid[], format?: TransactionDraft["format"]) =>
  wireOf(
    "cto:1:op:fund:1/1",
    paid.map(({ leg, amount }) => ({ from: FUNDER, to: addressOfLeg(leg), lamports: lamports(amount) })),
    format,
  );

describe("what the bytes of a found transaction tell", () => {
  it.each([{ version: 0 }, { version: 1, loadedAccountsDataLimit: 1_000 }] as const)(
    "are the legs that a funding paid, and how much (%o)",
    (format) => {
      const wire = fundingOf(
        [
          { leg: 1, amount: 5_000_000n },
          { leg: 3, amount: 2n ** 40n },
        ],
        format,
      );
      expect(detailsOf({ wire }, { kind: "fund" }, FUNDER, LEGS)).toEqual({
        funded: [
          { leg: 1, lamports: 5_000_000n },
          { leg: 3, lamports: 2n ** 40n },
        ],
      });
    },
  );

  it("are nobody if another wallet's transfers pay them", () => {
    const wire = fundingOf([{ leg: 1, amount: 5_000_000n }]);
    expect(detailsOf({ wire }, { kind: "fund" }, addressOf("a stranger"), LEGS)).toEqual({ funded: [] });
  });

  it("are what a return sent back", () => {
    const wire = wireOf("cto:1:op:recover:1/3", [
      { from: addressOfLeg(1), to: FUNDER, lamports: lamports(1_234n) },
    ]);
    expect(detailsOf({ wire }, { kind: "recover" }, addressOfLeg(1), LEGS)).toEqual({ returned: 1_234n });
    const rents = wireOf("cto:1:op:recover:1/3", []);
    expect(detailsOf({ wire: rents }, { kind: "recover" }, addressOfLeg(1), LEGS)).toEqual({});
  });

  it("are unknown if they cannot be read, and it is followed nevertheless", () => {
    expect(detailsOf(FOUND, { kind: "fund" }, FUNDER, LEGS)).toEqual({});
  });
});

/** Every wallet is fit again, and holds enough to buy on its own. */
const holding = (address: Address): [Address, Holdings] => [
  address,
  { lamports: lamports(900_000_000n), tokens: 7n, tokenAccount: addressOf(`account of ${address}`) },
];
const survey: Survey = {
  slot: 1_001n,
  mint: addressOf("token"),
  tokenProgram: addressOf("token program"),
  decimals: 6,
  tokenAccountBytes: 165,
  owners: new Map([FUNDER, ...LEGS.map(({ address }) => address)].map(holding)),
  fetched: { slot: 1_001n, accounts: new Map() },
  cluster: OLD_CLUSTER,
};

/** Runs a restored operation of three legs. After the backup, these legs were funded ahead. */
async function runAfter(paid: readonly Paid[]) {
  const { ports: cluster } = await openCluster();
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id, lease: begun } = await planned(journal, 3, "op", { mode: "standard", skipUnfit: true });
  await journal.writeFunding(id, begun, 1);
  await journal.releaseLease(begun);
  await journal.declareRestore({ by: "ops", reason: "test", since: 800n, lastValidBlockHeight: L });
  const memo = `cto:1:${id}:fund:1/1`;
  const found: FinalTransaction = {
    signature: FOUND.signature,
    slot: 900n,
    failed: false,
    wire: fundingOf(paid),
    messageVersion: 0,
    blockhash: FOUND.blockhash,
    fee: 5_000n,
    memos: [{ text: memo, signers: [FUNDER] }],
  };
  const line = { signature: found.signature, slot: 900n, failed: false, memos: [memo] };
  const history = {
    endpoint: "one",
    finalizedBlockHeight: L + 2n,
    complete: true,
    firstAvailableSlot: 0n,
  };
  const ports: Ports = {
    ...cluster,
    journal,
    chain: {
      ...cluster.chain,
      readHistory: async (wallet) => [{ ...history, lines: wallet === FUNDER ? [line] : [] }],
      readFinal: async () => found,
      simulate: async (...asked) => ({
        ...(await cluster.chain.simulate(...asked)),
        tokensAfter: new Map(LEGS.map(({ address }) => [addressOf(`account of ${address}`), 20n])),
      }),
      readTransaction: async () => delivers(3, 13n),
    },
    venues: { ...cluster.venues, survey: async () => survey },
  };
  const lease = await journal.acquireLease(USER, "worker-2", 600_000);
  if (lease === null) throw new Error("no lease");
  const funding: Wallet = {
    id: "funding",
    userId: USER,
    role: "funding",
    address: FUNDER,
    position: 0,
    createdAt: new Date(0),
  };
  const settings = { ...ENGINE_DEFAULTS, limitsRequired: async () => false };
  const { signal } = new AbortController();
  await runOperation(ports, id, { lease, wallets: [funding], settings, signal });
  const steps = await journal.readSteps(id);
  return {
    funded: steps.find(({ kind }) => kind === "fund")?.attempts.at(-1)?.funded,
    buys: steps
      .filter(({ kind }) => kind === "buy")
      .map(({ number, status, failure }) => [number, status, failure?.code]),
    reserved: [...(await journal.readSpending(USER)).wallets.keys()].toSorted(),
  };
}

const ENOUGH = 9_000_000n;

describe("an operation of a restored journal that was funded ahead after the backup", () => {
  it("does not let the wallet buy with its own money that the funding left out, though it is fit again", async () => {
    const { funded, buys, reserved } = await runAfter([
      { leg: 1, amount: ENOUGH },
      { leg: 3, amount: ENOUGH },
    ]);
    expect(funded).toEqual([
      { leg: 1, lamports: ENOUGH },
      { leg: 3, lamports: ENOUGH },
    ]);
    expect(buys).toEqual([
      [1, "confirmed", undefined],
      [2, "failed", "CTO_E_WALLET_NOT_FUNDED"],
      [3, "confirmed", undefined],
    ]);
    expect(reserved).toEqual(["w1", "w3"]);
  });

  it("holds each buy to what the funding brought its wallet", async () => {
    const { buys } = await runAfter([1, 2, 3].map((leg) => ({ leg, amount: leg === 3 ? 1_000n : ENOUGH })));
    expect(buys).toEqual([
      [1, "confirmed", undefined],
      [2, "confirmed", undefined],
      [3, "failed", "CTO_E_WALLET_SHORT_OF_FUNDS"],
    ]);
  });
});
