/** Provides a cluster on which every transaction lands, a market that serves everything, and operations on them. */
import { lamports } from "@solana/kit";
import { runOperation } from "../../src/engine/operation/run.ts";
import type {
  Address,
  OperationRequest,
  Ports,
  Survey,
  TransactionDraft,
  Venues,
} from "../../src/engine/ports.ts";
import { ENGINE_DEFAULTS } from "../../src/engine/settings.ts";
import { addressOf, attemptOf, legsOf, planned, USER } from "../../src/journal/contract/harness.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { OLD_CLUSTER } from "../support/cluster-accounts.ts";
import { unjudged } from "../support/unjudged.ts";
import { delivers, openScene } from "./parts.ts";

/** The rent of the token account that a buy opens if its wallet lacks it. */
export const RENT = lamports(2_039_280n);

export const open: Venues["open"] = async (venue, { owners }) => ({
  venue,
  market: "only",
  quote: {
    lamports: lamports(1_000_000n),
    tokensOut: 13n,
    priceImpactBps: 0,
    feeLamports: null,
    legs: [13n],
  },
  offline: true,
  offer: () => ({ tokensOut: 13n, leastTokens: 12n }),
  buy: async ({ buyer }) => ({
    venue,
    tokensOut: 13n,
    minTokensOut: 12n,
    rentLamports: owners.get(buyer)?.tokens == null ? RENT : lamports(0n),
    buyerRentLamports: lamports(0n),
    transientLamports: lamports(0n),
    setup: [],
    swap: [],
    cleanup: [],
    lookupTables: {},
  }),
});

/** A cluster on which every transaction lands. `sent` returns the transfers of the last composed transaction. */
export async function openCluster() {
  const composed: TransactionDraft[] = [];
  const { ports: base } = await openScene(["in_flight"], null);
  const { blockhash, lastValidBlockHeight } = attemptOf(1);
  let signed = 0;
  const ports: Ports = {
    ...base,
    chain: {
      ...base.chain,
      compose: (draft) => {
        composed.push(draft);
        return { messageBytes: new Uint8Array(), signers: [draft.feePayer], size: 1 };
      },
      simulate: async () => ({
        unitsConsumed: 1_000,
        loadedAccountsDataSize: 1_000,
        instructions: 4,
        failure: null,
        tokensAfter: new Map(),
        effects: [],
      }),
      computeUnitPrice: async () => 0n,
      latestBlockhash: async () => ({ blockhash, lastValidBlockHeight, slot: 120n }),
      watch: async () => ({ state: "confirmed", slot: 1_001n, failure: null }),
    },
    policy: { approve: async (unsigned) => unjudged(unsigned) },
    keyring: {
      newestVersion: async () => 1,
      sign: async () => {
        signed += 1;
        const { signature, wire } = attemptOf(1, `signed here ${signed}`);
        return { signature, wire, messageVersion: 1 };
      },
    },
    venues: {
      ...base.venues,
      detect: async () => ({ platform: "pumpfun", trading: ["pumpfun"], notes: [] }),
      route: () => ["pumpfun"],
      open,
    },
  };
  return { ports, sent: () => composed.at(-1)?.transfers.map(({ to, lamports: amount }) => [to, amount]) };
}

export const FUNDING = {
  id: "funding",
  userId: USER,
  role: "funding",
  address: addressOf("funding"),
  position: 0,
  createdAt: new Date(0),
} as const;

const accountOf = (buyer: Address): Address => addressOf(`account of ${buyer}`);

type Surveyed = {
  readonly slot?: bigint;
  /** What each buyer holds. */
  readonly held?: bigint;
  readonly cluster?: Survey["cluster"];
  /** What each wallet holds of the token; null: it has no account of it. */
  readonly tokens?: bigint | null;
};

/** A survey of so many buyers and the funding wallet. */
export const surveyOf = (
  legs: number,
  { slot = 1_000n, held = 900_000_000n, cluster = OLD_CLUSTER, tokens = 0n }: Surveyed = {},
): Survey => {
  const buyers = legsOf(legs).map(({ address }) => [address, held] as const);
  return {
    slot,
    mint: addressOf("token"),
    tokenProgram: addressOf("token program"),
    decimals: 6,
    tokenAccountBytes: 165,
    owners: new Map(
      [...buyers, [FUNDING.address, 9_000_000_000n] as const].map(([address, has]) => [
        address,
        { lamports: lamports(has), tokens, tokenAccount: accountOf(address) },
      ]),
    ),
    fetched: { slot, accounts: new Map() },
    cluster,
  };
};

/** Opens an operation of a user with a funding wallet. @param change what the test replaces of the ports */
export async function openFunded(
  legs: number,
  request: Partial<OperationRequest>,
  change: (ports: Ports, id: string) => Partial<Ports>,
) {
  const { ports: cluster } = await openCluster();
  const journal = createMemoryJournal({ now: () => new Date() });
  const { id, lease } = await planned(journal, legs, "op", request);
  const tokensAfter = new Map(legsOf(legs).map(({ address }) => [accountOf(address), 13n]));
  const base: Ports = {
    ...cluster,
    journal,
    chain: {
      ...cluster.chain,
      simulate: async (...given) => ({ ...(await cluster.chain.simulate(...given)), tokensAfter }),
      readTransaction: async () => delivers(legs, 13n),
    },
    venues: { ...cluster.venues, survey: async () => surveyOf(legs) },
  };
  const ports: Ports = { ...base, ...change(base, id) };
  const options = {
    lease,
    wallets: [FUNDING],
    signal: new AbortController().signal,
    settings: { ...ENGINE_DEFAULTS, limitsRequired: async () => false },
  };
  return { journal, id, ports, options, run: () => runOperation(ports, id, options) };
}
