/** Asks a node what a transaction would do, before anyone signs it. */
import { z } from "zod";
import { MAX_LOADED_BYTES } from "../base/transaction-limits.ts";
import type { Address, Lamports, RawAccount, Simulation, UnsignedTransaction } from "../engine/ports.ts";
import { addressAnswer, base64Data, blockhashAnswer, inContext, lamportsAnswer, u64 } from "./answers.ts";
import type { BlockhashCache } from "./blockhash.ts";
import { describeFailure } from "./failure.ts";
import type { Rpc } from "./rpc.ts";
import { tokensIn } from "./token-accounts.ts";
import { programsOf } from "./transaction.ts";
import { unsignedWire } from "./wire.ts";

const transactionError = z.union([z.null(), z.string(), z.record(z.string(), z.unknown())]);

const answer = inContext(
  z.object({
    err: transactionError,
    logs: z.array(z.string()).nullish(),
    // A compute budget fits a number.
    unitsConsumed: z.bigint().min(0n).max(100_000_000n).transform(Number).nullish(),
    // Null when the transaction failed.
    accounts: z
      .array(z.object({ lamports: lamportsAnswer, owner: addressAnswer, data: base64Data }).nullable())
      .nullish(),
    // What took the place of ours: as recent as the answer, and of the same block.
    // Nodes of before 2026 do not tell.
    loadedAccountsDataSize: z.bigint().min(0n).max(BigInt(MAX_LOADED_BYTES)).transform(Number).nullish(),
    innerInstructions: z.array(z.object({ instructions: z.array(z.unknown()) })).nullish(),
    replacementBlockhash: z.object({ blockhash: blockhashAnswer, lastValidBlockHeight: u64 }).nullish(),
  }),
);

/**
 * Simulates at `confirmed`, without signatures and with a fresh blockhash.
 *
 * `balancesAfter` and `tokensAfter` are empty when the simulation failed; an account that would be gone has a balance of
 * zero. The fresh blockhash comes back with the answer: what is signed next need not ask for one.
 */
export async function simulate(
  rpc: Rpc,
  transaction: UnsignedTransaction,
  watch: readonly Address[],
  blockhashes: Pick<BlockhashCache, "learn">,
): Promise<Simulation> {
  const askedAt = performance.now();
  const { value, context } = await rpc.call({
    method: "simulateTransaction",
    params: [
      unsignedWire(transaction),
      {
        encoding: "base64",
        commitment: "confirmed",
        sigVerify: false,
        replaceRecentBlockhash: true,
        innerInstructions: true,
        ...(watch.length === 0 ? {} : { accounts: { encoding: "base64", addresses: watch } }),
      },
    ],
    schema: answer.refine(
      ({ value: { err, accounts } }) => err !== null || (accounts?.length ?? 0) === watch.length,
      "the watched accounts are not all there",
    ),
  });
  const { err, logs, unitsConsumed, accounts, replacementBlockhash, innerInstructions: inner } = value;
  if (replacementBlockhash != null)
    blockhashes.learn({ ...replacementBlockhash, slot: context.slot }, askedAt);
  const programs = programsOf(transaction.messageBytes);
  return {
    unitsConsumed: unitsConsumed ?? 0,
    loadedAccountsDataSize: value.loadedAccountsDataSize ?? null,
    instructions:
      inner == null ? null : inner.reduce((all, each) => all + each.instructions.length, programs.length),
    failure: err === null ? null : describeFailure(err, { programs, ...(logs ? { logs } : {}) }),
    balancesAfter: err === null ? balances(watch, accounts ?? []) : new Map(),
    tokensAfter: err === null ? tokens(watch, accounts ?? []) : new Map(),
  };
}

function balances(watch: readonly Address[], accounts: readonly ({ lamports: Lamports } | null)[]) {
  const nothing = 0n as Lamports;
  return new Map(watch.map((address, index) => [address, accounts[index]?.lamports ?? nothing]));
}

const tokens = (watch: readonly Address[], accounts: readonly (RawAccount | null)[]) =>
  new Map(
    watch.flatMap((address, index) => {
      const amount = tokensIn(accounts[index] ?? null);
      return amount === null ? [] : [[address, amount] as const];
    }),
  );
