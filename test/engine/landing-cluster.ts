/** Provides a cluster on which every transaction lands, and a market that serves everything. */
import { lamports } from "@solana/kit";
import type { Ports, TransactionDraft, Venues } from "../../src/engine/ports.ts";
import { attemptOf } from "../../src/journal/contract/harness.ts";
import { unjudged } from "../support/unjudged.ts";
import { openScene } from "./parts.ts";

/** The rent of the token account that each buy opens. */
export const RENT = lamports(2_039_280n);

export const open: Venues["open"] = async (venue) => ({
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
  buy: async () => ({
    venue,
    tokensOut: 13n,
    minTokensOut: 12n,
    rentLamports: RENT,
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
