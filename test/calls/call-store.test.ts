/** Tests that the first transaction that a wallet returns is the one that is kept, and so the one that is sent. */
import type { Base64EncodedWireTransaction, Blockhash } from "@solana/kit";
import { expect, it } from "vitest";
import { createCallStore } from "../../src/calls/call-store.ts";
import type { Address } from "../../src/engine/ports.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";

it("keeps the first transaction that a wallet returns in a round", async () => {
  const book = createCallStore(createMemoryJournal({ now: () => new Date() })).bookOf("call_1");
  const [hash, next, wallet] = ["hash" as Blockhash, "next" as Blockhash, "A" as Address];
  const [first, second] = ["AAAA", "BBBB"] as Base64EncodedWireTransaction[];
  if (first === undefined || second === undefined) throw new Error("no transactions");
  expect(await book.writeReturned(hash, wallet, first)).toBe(first);
  expect(await book.writeReturned(hash, wallet, second)).toBe(first);
  expect(await book.readReturned(hash, wallet)).toBe(first);
  expect(await book.writeReturned(next, wallet, second)).toBe(second);
});
