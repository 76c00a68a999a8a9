/** Reads a finalized transaction: its effect on the lamports of every account and on the owners' tokens. */

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Address, ChainTransaction, Signature, TokenChange } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { addressAnswer, lamportsAnswer, u64 } from "./answers.ts";
import { readFirstAvailable } from "./records.ts";
import type { Call, Rpc } from "./rpc.ts";

const tokenBalances = z
  .array(
    z.object({
      accountIndex: u64.transform(Number),
      owner: addressAnswer.optional(),
      mint: addressAnswer,
      uiTokenAmount: z.object({
        amount: z
          .string()
          .regex(/^\d{1,20}$/)
          .transform(BigInt),
      }),
    }),
  )
  .nullish();
type TokenBalances = z.infer<typeof tokenBalances>;

const addresses = z.array(addressAnswer);

const answer = z
  .object({
    slot: u64,
    meta: z.object({
      // The key is required, its value may be null: a missing `err` must not count as success.
      err: z.union([z.null(), z.string(), z.record(z.string(), z.unknown())]),
      preBalances: z.array(lamportsAnswer),
      postBalances: z.array(lamportsAnswer),
      preTokenBalances: tokenBalances,
      postTokenBalances: tokenBalances,
      loadedAddresses: z.object({ writable: addresses, readonly: addresses }).nullish(),
    }),
    transaction: z.object({
      signatures: z.array(z.string()).min(1),
      message: z.object({ accountKeys: addresses }),
    }),
  })
  .refine(({ meta: { preBalances, postBalances, loadedAddresses: loaded }, transaction: { message } }) => {
    const accounts =
      message.accountKeys.length + (loaded?.writable.length ?? 0) + (loaded?.readonly.length ?? 0);
    return preBalances.length === accounts && postBalances.length === accounts;
  }, "not one balance for each account");

/** Returns null if the endpoint does not have it at `finalized`. This proves nothing. */
export async function readTransaction(
  rpc: { call: Call },
  signature: Signature,
): Promise<ChainTransaction | null> {
  const found = await rpc.call({
    method: "getTransaction",
    params: [signature, { commitment: "finalized", encoding: "json", maxSupportedTransactionVersion: 1 }],
    schema: answer
      .refine(
        ({ transaction }) => transaction.signatures[0] === signature,
        "the signature of another transaction",
      )
      .nullable(),
  });
  return found && toTransaction(found);
}

type Reading = {
  readonly endpoint: string;
  readonly found: ChainTransaction | null;
  /** The oldest slot that the endpoint has. Asked only where it does not have the transaction. */
  readonly from: bigint;
};

/**
 * Reads it separately from as many endpoints as must agree. One whose records begin later says nothing. One that should have the
 * transaction and does not have it, may be right: then another one has invented it.
 *
 * @param quorum the number of distinct endpoints to read
 * @returns null if none of them has it
 * @throws `CTO_E_ENDPOINTS_DISAGREE` if they show different effects, or one lacks what it should have
 */
export async function readAgreedTransaction(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  quorum: number,
  signature: Signature,
): Promise<ChainTransaction | null> {
  const read = await rpc.onDistinctEndpoints(quorum, async (call, endpoint): Promise<Reading> => {
    const found = await readTransaction({ call }, signature);
    return { endpoint, found, from: found === null ? await readFirstAvailable(call) : 0n };
  });
  const first = read.flatMap(({ found }) => found ?? [])[0];
  if (first === undefined) return null;
  const speaking = read.filter(({ found, from }) => found !== null || from <= first.slot);
  // All of it: whoever may choose the tokens alone chooses who has bought.
  if (speaking.every(({ found }) => isDeepStrictEqual(found, first))) return first;
  const answers = speaking.map(({ endpoint, found, from }) => ({
    endpoint,
    says:
      found === null
        ? `there is none, and its records begin at slot ${from}`
        : `it ${found.failed ? "failed" : "succeeded"}${differences(found, speaking)}`,
  }));
  throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: `what ${signature} has changed`, answers });
}

/** Returns what this transaction shows and not all others do. */
function differences({ changes, tokens }: ChainTransaction, read: readonly Reading[]): string {
  const shown = read.flatMap(({ found }) => found ?? []);
  const isIn = (one: unknown, others: readonly unknown[]): boolean =>
    others.some((other) => isDeepStrictEqual(other, one));
  const own = changes.filter((one) => !shown.every((other) => isIn(one, other.changes)));
  const ownTokens = tokens.filter((one) => !shown.every((other) => isIn(one, other.tokens)));
  return [
    ...own.map(({ address, before, after }) => `, ${address} from ${before} to ${after}`),
    ...ownTokens.map(({ owner, mint, before, after }) => `, ${owner} from ${before} to ${after} of ${mint}`),
  ].join("");
}

function toTransaction({ slot, meta, transaction }: z.infer<typeof answer>): ChainTransaction {
  const { writable = [], readonly = [] } = meta.loadedAddresses ?? {};
  const owners = new Map<number, Address>();
  for (const { accountIndex, owner } of [
    ...(meta.preTokenBalances ?? []),
    ...(meta.postTokenBalances ?? []),
  ]) {
    if (owner !== undefined) owners.set(accountIndex, owner);
  }
  const had = new Set((meta.preTokenBalances ?? []).map(({ accountIndex }) => accountIndex));
  const changes = [...transaction.message.accountKeys, ...writable, ...readonly].flatMap((address, at) => {
    const [before, after, tokenOwner] = [meta.preBalances[at], meta.postBalances[at], owners.get(at)];
    if (before === undefined || after === undefined) return [];
    const opened = tokenOwner && !had.has(at) ? { opened: true as const } : {};
    return [{ address, before, after, ...(tokenOwner ? { tokenOwner } : {}), ...opened }];
  });
  const tokens = tokenChanges(meta.preTokenBalances, meta.postTokenBalances);
  return { slot, failed: meta.err !== null, changes, tokens };
}

/** One entry per owner and mint: a transfer between two accounts of one owner does not change the owner's holding. */
function tokenChanges(before: TokenBalances, after: TokenBalances): TokenChange[] {
  const sums = new Map<string, TokenChange>();
  const add = (balances: TokenBalances, when: "before" | "after"): void => {
    for (const { owner, mint, uiTokenAmount } of balances ?? []) {
      if (owner === undefined) continue;
      const key = `${owner} ${mint}`;
      const known = sums.get(key) ?? { owner, mint, before: 0n, after: 0n };
      sums.set(key, { ...known, [when]: known[when] + uiTokenAmount.amount });
    }
  };
  add(before, "before");
  add(after, "after");
  return [...sums.values()];
}
