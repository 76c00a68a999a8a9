/** Simulates a transaction on a node before we sign it. */
import { z } from "zod";
import { decodeMessage } from "../base/message.ts";
import { MAX_LOADED_BYTES } from "../base/transaction-limits.ts";
import type {
  Address,
  RawAccount,
  Simulation,
  SimulationRequest,
  UnsignedTransaction,
} from "../engine/ports.ts";
import type { AccountReader } from "./accounts.ts";
import { addressAnswer, base64Data, blockhashAnswer, inContext, lamportsAnswer, u64 } from "./answers.ts";
import type { BlockhashCache } from "./blockhash.ts";
import type { CommitmentReader } from "./commitment.ts";
import { accountsOf, balancesIn, effectsOf, tokenBalances, writableOf } from "./effects.ts";
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
    // A compute budget fits into a number.
    unitsConsumed: z.bigint().min(0n).max(100_000_000n).transform(Number).nullish(),
    // Null when the transaction failed.
    accounts: z
      .array(z.object({ lamports: lamportsAnswer, owner: addressAnswer, data: base64Data }).nullable())
      .nullish(),
    // Some nodes omit these.
    preBalances: z.array(lamportsAnswer).nullish(),
    preTokenBalances: tokenBalances.nullish(),
    // Nodes older than 2026 omit it.
    loadedAccountsDataSize: z.bigint().min(0n).max(BigInt(MAX_LOADED_BYTES)).transform(Number).nullish(),
    innerInstructions: z.array(z.object({ instructions: z.array(z.unknown()) })).nullish(),
    // The blockhash that replaced ours. It is as recent as the answer, and from the same block.
    replacementBlockhash: z.object({ blockhash: blockhashAnswer, lastValidBlockHeight: u64 }).nullish(),
  }),
);

/**
 * Five tries take about four seconds with their pauses: twice LAG_BLOCKS at slots of 200 ms, once at slots of 400 ms. In this
 * time a lagging endpoint catches up or another one answers.
 */
const TRIES = 5;

/** Rejects the answer of a lagging node, so that the pool retries this node and the others. */
const recentAnswer = (watched: number, notBefore: bigint | undefined) =>
  answer
    .refine(
      ({ value: { err, accounts } }) => err !== null || (accounts?.length ?? 0) === watched,
      "the watched accounts are not all there",
    )
    .refine(
      ({ context }) => notBefore === undefined || context.slot >= notBefore,
      `it simulates as of before slot ${notBefore}`,
    )
    .refine(({ value: { err } }) => err !== "BlockhashNotFound", "it does not know a recent blockhash");

export type SimulationParts = {
  readonly rpc: Pick<Rpc, "call">;
  readonly fetchAccounts: AccountReader;
  readonly blockhashes: Pick<BlockhashCache, "learn">;
  readonly commitment: CommitmentReader;
};

/**
 * Simulates at the cluster's settled commitment, without signatures. The node replaces the blockhash with a fresh one,
 * unless `asSigned` is set.
 *
 * A failed simulation returns no account data. The cache takes the fresh blockhash from the answer, so that the next
 * signature needs no request for one.
 *
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`, also if all answers are older than `notBefore`
 */
export async function simulate(
  parts: SimulationParts,
  transaction: UnsignedTransaction,
  { watch = [], notBefore, lookupTables, asSigned = false }: SimulationRequest,
): Promise<Simulation> {
  const accounts = lookupTables === undefined ? [] : accountsOf(transaction.messageBytes, lookupTables);
  const writable = writableOf(accounts);
  const wanted = [...new Set([...watch, ...writable])];
  const commitment = await parts.commitment();
  const requestedAt = performance.now();
  const { value, context } = await parts.rpc.call({
    method: "simulateTransaction",
    params: [
      unsignedWire(transaction),
      {
        encoding: "base64",
        commitment,
        sigVerify: false,
        replaceRecentBlockhash: !asSigned,
        innerInstructions: true,
        ...(notBefore === undefined ? {} : { minContextSlot: notBefore }),
        ...(wanted.length === 0 ? {} : { accounts: { encoding: "base64", addresses: wanted } }),
      },
    ],
    schema: recentAnswer(wanted.length, notBefore),
    tries: TRIES,
  });
  const { err, logs, unitsConsumed, replacementBlockhash, innerInstructions: inner } = value;
  if (replacementBlockhash != null)
    parts.blockhashes.learn({ ...replacementBlockhash, slot: context.slot }, requestedAt);
  const programs = programsOf(transaction.messageBytes);
  const returned = err === null ? (value.accounts ?? []) : [];
  const after = new Map(
    wanted.map((address, at): [Address, RawAccount | null] => [address, returned[at] ?? null]),
  );
  const before =
    err === null && writable.length > 0
      ? (balancesIn(accounts, value.preBalances, value.preTokenBalances) ??
        (await parts.fetchAccounts(writable)).accounts)
      : new Map();
  return {
    unitsConsumed: unitsConsumed ?? 0,
    loadedAccountsDataSize: value.loadedAccountsDataSize ?? null,
    instructions:
      inner == null ? null : inner.reduce((all, each) => all + each.instructions.length, programs.length),
    failure: err === null ? null : describeFailure(err, { programs, ...(logs ? { logs } : {}) }),
    failedOn: failedOn(err, transaction),
    tokensAfter: err === null ? tokens(watch, after) : new Map(),
    effects: err === null ? effectsOf(accounts, before, after) : [],
  };
}

const instructionError = z.object({ InstructionError: z.tuple([z.coerce.number()], z.unknown()) });

function failedOn(err: unknown, { messageBytes }: UnsignedTransaction): Address[] {
  const parsed = instructionError.safeParse(err);
  if (!parsed.success) return [];
  const [index] = parsed.data.InstructionError;
  const { accounts } = decodeMessage(messageBytes).instructions[index] ?? { accounts: [] };
  return accounts.flatMap(({ address }) => address ?? []);
}

type After = ReadonlyMap<Address, RawAccount | null>;

const tokens = (watch: readonly Address[], after: After) =>
  new Map(
    watch.flatMap((address) => {
      const amount = tokensIn(after.get(address) ?? null);
      return amount === null ? [] : [[address, amount] as const];
    }),
  );
