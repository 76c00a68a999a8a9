/**
 * Pledges of empty wallets that name the least in all, at no cost, must not make the worker read every balance each second:
 * with 2,000 wallets a look takes 80 calls of each endpoint of the quorum, out of the budget of all operations.
 */
import type { Address, Signature } from "@solana/kit";
import { expect, it } from "vitest";
import { newRecord } from "../../src/calls/call-record.ts";
import { createCallStore } from "../../src/calls/call-store.ts";
import { type CallRun, driveCall } from "../../src/calls/drive-call.ts";
import { parseTerms } from "../../src/calls/parse-terms.ts";
import { createMemoryJournal } from "../../src/journal/memory/index.ts";
import { generateKeypair } from "../../src/wallets/keypair.ts";
import { validTerms } from "./call.ts";

const call = parseTerms(validTerms());
const { callId, closesAt } = call.terms;

it("reads the balances of empty wallets in its rhythm, although they name the least", async () => {
  let now = new Date("2026-12-01T12:30:00Z");
  const store = createCallStore(createMemoryJournal({ now: () => now }));
  const announcement = { signature: "1".repeat(64) as Signature, slot: 1n };
  await store.addCall({ ...newRecord(call, now), status: "open", announcement });
  for (let at = 0; at < 10; at += 1) {
    const common = {
      callId,
      termsHash: call.termsHash,
      wallet: generateKeypair().address,
      expiresAt: closesAt,
    };
    await store.addArrival(callId, {
      statement: { kind: "pledge", ...common, nonce: "nonce-of-an-attacker", lamports: "2000000000" },
      signature: announcement.signature,
      at: now,
      way: "signs",
      version: 0,
    });
  }
  const over = new AbortController();
  let looks = 0;
  let seconds = 0;
  const run = {
    store,
    signal: over.signal,
    mostFee: 0n,
    whyHeld: async () => null,
    powersIn: () => [],
    ports: {
      chain: { blockhashLifeMs: () => 30_000 },
      clock: {
        now: () => now,
        sleep: async (ms: number) => {
          now = new Date(now.getTime() + ms);
          seconds += ms / 1_000;
          if (seconds >= 60) over.abort();
        },
      },
      venues: {
        survey: async (_mint: Address, wallets: readonly Address[]) => {
          looks += 1;
          return {
            owners: new Map(wallets.map((wallet) => [wallet, { lamports: 0n }])),
            cluster: { lamportsPerByte: 1n },
          };
        },
      },
    },
  } as unknown as CallRun;
  await driveCall(run, callId);
  // Nothing changes, so one look in ten seconds.
  expect(looks).toBeLessThanOrEqual(7);
});
