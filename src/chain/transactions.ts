/** Reads a finalized transaction: its effect on the lamports of every account and on the owners' tokens. */

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { AccountChange, Address, ChainTransaction, Signature, TokenChange } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { addressAnswer, lamportsAnswer, u64 } from "./answers.ts";
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

/**
 * Reads it separately from as many endpoints as must agree. Those that do not have it say nothing: they may keep no old records.
 *
 * @param quorum the number of distinct endpoints to read
 * @returns null if none of them has it
 * @throws `CTO_E_ENDPOINTS_DISAGREE` if they show different effects
 */
export async function readAgreedTransaction(
  rpc: Pick<Rpc, "onDistinctEndpoints">,
  quorum: number,
  signature: Signature,
): Promise<ChainTransaction | null> {
  const read = await rpc.onDistinctEndpoints(quorum, async (call, endpoint) => ({
    endpoint,
    found: await readTransaction({ call }, signature),
  }));
  const shown = read.flatMap(({ endpoint, found }) => (found ? [{ endpoint, found }] : []));
  const [first, ...others] = shown;
  if (first === undefined) return null;
  // All of it: whoever may choose the tokens alone chooses who has bought.
  if (others.every(({ found }) => isDeepStrictEqual(found, first.found))) return first.found;
  const isShared = (change: AccountChange): boolean =>
    shown.every(({ found }) => found.changes.some((other) => isDeepStrictEqual(other, change)));
  const answers = shown.map(({ endpoint, found }) => {
    const own = found.changes.filter((change) => !isShared(change));
    const changed = [
      ...own.map(({ address, before, after }) => `, ${address} from ${before} to ${after}`),
      ...found.tokens
        .filter(
          (one) => !shown.every((other) => other.found.tokens.some((its) => isDeepStrictEqual(its, one))),
        )
        .map(({ owner, mint, before, after }) => `, ${owner} from ${before} to ${after} of ${mint}`),
    ];
    return { endpoint, says: `it ${found.failed ? "failed" : "succeeded"}${changed.join("")}` };
  });
  throw new CTOError("CTO_E_ENDPOINTS_DISAGREE", { about: `what ${signature} has changed`, answers });
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
