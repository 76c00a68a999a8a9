/** Tests how many wallets a call keeps statements of, and which make room for others. */
import type { Address, Signature } from "@solana/kit";
import { expect, it } from "vitest";
import type { Arrival } from "../../src/calls/arrivals.ts";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { seatFor } from "../../src/calls/seats.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { validTerms } from "./call.ts";

const NOW = new Date("2026-12-01T12:30:00Z");
const call = parseTerms(validTerms());
const record = newRecord(call, NOW);
const NEW = "N" as Address;

const arrival = (
  wallet: string,
  kind: "pledge" | "withdrawal" = "pledge",
  nonce = `nonce-${kind}`,
): Arrival => {
  const { callId, closesAt } = call.terms;
  const common = { callId, termsHash: call.termsHash, wallet: wallet as Address, expiresAt: closesAt, nonce };
  return {
    statement: kind === "pledge" ? { kind, ...common, lamports: "2000000000" } : { kind, ...common },
    signature: "s" as Signature,
    at: NOW,
    way: "signs",
    version: 0,
  };
};
const seat = (wallet: Address, arrivals: readonly Arrival[], uncovered: readonly string[] = []) =>
  seatFor(
    wallet,
    arrivals,
    { cover: { covered: [], uncovered: uncovered as Address[] } },
    { now: NOW, seats: 2 },
  );

it("takes new wallets up to the bound, and statements of those that it has", () => {
  expect(seat(NEW, [arrival("A")])).toEqual({ kind: "free" });
  const full = [arrival("A"), arrival("B")];
  expect(seat("A" as Address, full)).toEqual({ kind: "free" });
  expect(seat(NEW, full)).toEqual({ kind: "full" });
  expect(seatFor(NEW, full, record, { now: NOW })).toEqual({ kind: "free" });
});

it("lets a wallet that does not count make room, and none that may count", () => {
  expect(seat(NEW, [arrival("A"), arrival("B")], ["B"])).toEqual({ kind: "instead", of: "B" });
  const left = [arrival("A"), arrival("B"), arrival("B", "withdrawal")];
  expect(seat(NEW, left)).toEqual({ kind: "instead", of: "B" });
});

it("forgets the statement of one wallet but not its nonces, and no others, until the call is over", async () => {
  const store = createCallStore(createMemoryJournal({ now: () => NOW }));
  const [A, B] = [call.terms.caller.wallet, call.terms.mint];
  for (const one of [arrival(A), arrival(A, "withdrawal"), arrival(B)]) {
    const signature = "1".repeat(64) as Signature;
    const nonce = `${one.statement.nonce}-of-a-test`;
    await store.addArrival("call_1", { ...one, statement: { ...one.statement, nonce }, signature });
  }
  await store.dropArrivals("call_1", A);
  expect((await store.listArrivals("call_1")).map(({ statement }) => statement.wallet)).toEqual([B]);
  const again = { ...arrival(A), signature: "1".repeat(64) as Signature };
  const nonce = `${again.statement.nonce}-of-a-test`;
  const replayed = { ...again, statement: { ...again.statement, nonce } };
  expect(await store.addArrival("call_1", replayed)).toBe("replayed");
  expect((await store.readStated("call_1", A)).nonces).toContain(nonce);
  await store.addArrival("call_1", {
    ...again,
    statement: { ...again.statement, nonce: "a-new-nonce-of-a-test" },
  });
  await store.dropArrivals("call_1", A);
  expect((await store.readStated("call_1", A)).nonces).toEqual(
    expect.arrayContaining([nonce, "a-new-nonce-of-a-test"]),
  );
  await store.close("call_1");
  expect(await store.readStated("call_1", A)).toEqual({ last: null, nonces: [] });
});
