/** Provides a call that is open now, on a journal in memory, for tests of what its services answer. */
import type { Address, Blockhash } from "@solana/kit";
import { type CallStore, createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import type { Handed } from "../../src/engine/calls/call-book.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import type { CallContext } from "../../src/services/calls/context.ts";
import { validTerms } from "./call.ts";

const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

/** A call that has opened a minute ago and closes in an hour. */
export const callOfNow = () =>
  parseTerms({
    ...validTerms(),
    opensAt: second(Date.now() - 60_000),
    closesAt: second(Date.now() + 3_600_000),
  });

/** An installation with calls and without one, on a new journal. @param config what its services read of the settings */
export function callStage(config: object = { CTO_CALLERS: ["someone"] }): {
  readonly context: CallContext;
  readonly store: CallStore;
} {
  const journal = createMemoryJournal({ now: () => new Date() });
  const context = { config, journal, queue: { wake: () => undefined } } as unknown as CallContext;
  return { context, store: createCallStore(journal) };
}

/** A message that was handed out to one of two members. Its bytes mean nothing. */
export const handedTo = (
  wallet: Address,
  { blockhash, blockhashSlot }: { readonly blockhash: Blockhash; readonly blockhashSlot: bigint },
  changes: Partial<Handed> = {},
): Handed => ({
  muster: 1,
  wallet,
  leg: 1,
  legs: 2,
  blockhash,
  blockhashSlot,
  messageBytes: new Uint8Array([1, 2, 3]),
  messageVersion: 0,
  lookupTables: {},
  venue: "jupiter",
  leastTokens: 1n,
  tokenAccount: wallet,
  mayLeave: 1n,
  ownRents: 0n,
  ownAccounts: [],
  onTheWay: [],
  ...changes,
});
