/**
 * Rebuilds an operation from the chain alone. From the operation's id and the wallets' addresses, it finds
 * the transactions with the operation's memos and reads what they did. It reads nothing from the journal.
 */
import type { Address, Signature } from "@solana/kit";
import PQueue from "p-queue";
import { type MemoText, parseMemo } from "../engine/transaction/memo-text.ts";
import type { ChainReader, ChainTransaction, HistoryLine } from "./chain-reader.ts";
import { HISTORY_PAGE, keysOf } from "./chain-reader.ts";
import {
  amountsWithout,
  type MinimumOf,
  openedSizes,
  rentWithin,
  topUpsOf,
  walletMinimums,
} from "./opened-accounts.ts";
import { signedMemosIn } from "./signed-memos.ts";

/** The most pages of a wallet's history that we read. An exchange's wallet may have almost endless pages. */
const MAX_PAGES = 20;
/** The most parallel requests: public endpoints limit them. */
const CONCURRENCY = 4;

/** One successful transaction of the operation, as the chain shows it. Lamports and token base units are exact. */
export type ChainLeg = MemoText & {
  readonly memo: string;
  /** The wallet that signed the memo. */
  readonly address: string;
  /** The wallet that paid the fee. */
  readonly payer: string;
  readonly signature: string;
  readonly slot: bigint;
  /**
   * The amount that the wallet and the payer spent, without the fee, the rents, and the amount that stayed in
   * the wallet. For a return: the amount that came back.
   */
  readonly lamports: bigint;
  /** All amounts that it may be: `lamports`, and that less rents that a program may have taken for accounts it extended. */
  readonly mayBe: readonly bigint[];
  readonly tokens: bigint;
  /** Base fee and priority fee. */
  readonly fee: bigint;
};

export type ChainRecord = {
  readonly legs: readonly ChainLeg[];
  /** Transactions of the operation that landed with an error. They bought nothing and cost at most their fee. */
  readonly failed: readonly string[];
  /**
   * A memo shows that buyers were funded ahead. The costs include that transaction's fee, but no wallet that
   * the receipt names signs it.
   */
  readonly fundedAhead: boolean;
  /** Why the record may be incomplete, and which rules it breaks. */
  readonly problems: readonly string[];
  /** Of a call: what has its memos, and says nothing about it. */
  readonly others?: readonly ChainLeg[];
};

/**
 * Checks a history entry's memo text, for example `[12] cto:1:…; [3] abc`. We search the whole text, because
 * a memo may itself contain `; `.
 */
const mentions = ({ memo }: HistoryLine, operationId: string): boolean =>
  memo?.includes(`cto:1:${operationId}:`) ?? false;

export type Sought = {
  readonly operationId: string;
  /** The buyer wallets that the receipt names. */
  readonly addresses: readonly string[];
  /** The mint that was bought. */
  readonly token: string;
  /**
   * Of a call: whether a transaction says something about it. Members have their own keys, so they may sign the memo in
   * transactions of their own.
   */
  readonly counts?: (found: ChainLeg) => boolean;
};

/**
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`: a failed read never counts as an empty history
 * @example
 * const record = await readFromChain(createChainReader(rpcUrl), { operationId, addresses, token });
 */
export async function readFromChain(
  reader: ChainReader,
  { operationId, addresses, token, counts }: Sought,
): Promise<ChainRecord> {
  const limit = new PQueue({ concurrency: CONCURRENCY });
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => limit.add(work);
  const problems: string[] = [];
  const histories = await Promise.all(
    addresses.map(async (address) => {
      const { lines, complete } = await readHistory(reader, address as Address, inTurn);
      if (!complete) problems.push(tooLong(address));
      return lines.filter((line) => mentions(line, operationId));
    }),
  );
  // Several wallets may have the same transaction in their history.
  const lines = [...new Map(histories.flat().map((line) => [line.signature, line])).values()];
  const failed = lines.filter(({ err }) => err !== null).map(({ signature }) => signature);
  const landed = lines.filter(({ err }) => err === null);
  const transactions = await Promise.all(
    landed.map(async ({ signature }) => {
      const transaction = await inTurn(() => reader.transaction(signature as Signature));
      if (transaction === null) problems.push(`the endpoint lists ${signature} but does not have it`);
      return transaction ?? [];
    }),
  );
  const minimums = await walletMinimums(reader, transactions.flat());
  const others: ChainLeg[] = [];
  const legs = transactions.flat().map((transaction) => {
    const all = readLegs(transaction, operationId, addresses, token, minimums);
    const found = counts === undefined ? all : all.filter(counts);
    others.push(...all.filter((one) => !found.includes(one)));
    const [signature] = transaction.transaction.signatures;
    if (found.length > 1) problems.push(`${signature} carries ${found.length} memos of the operation`);
    return found;
  });
  // Nobody funds the members of a call.
  const fundedAhead =
    counts === undefined && lines.some(({ memo }) => memo?.includes(`cto:1:${operationId}:fund:`));
  return { legs: legs.flat().sort((a, b) => a.leg - b.leg), failed, fundedAhead, problems, others };
}

export const tooLong = (address: string): string =>
  `${address} has a longer history than was read: after ${MAX_PAGES} pages the reading stopped, and what is older was not seen`;

export async function readHistory(
  reader: Pick<ChainReader, "history">,
  address: Address,
  inTurn: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Promise<{ lines: HistoryLine[]; complete: boolean }> {
  const lines: HistoryLine[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const before = lines.at(-1)?.signature as Signature | undefined;
    const next = await inTurn(() => reader.history(address, before));
    lines.push(...next);
    if (next.length < HISTORY_PAGE) return { lines, complete: true };
  }
  return { lines, complete: false };
}

/**
 * Returns the operation's memos that one of its wallets signed. Anyone may write our memo text; only the
 * wallet can sign it.
 */
function readLegs(
  landed: ChainTransaction,
  operationId: string,
  addresses: readonly string[],
  token: string,
  minimums: MinimumOf,
): ChainLeg[] {
  const { slot, meta, transaction } = landed;
  const { accountKeys } = transaction.message;
  const [signature] = transaction.signatures;
  const [payer] = accountKeys;
  if (signature === undefined || payer === undefined || meta.err !== null) return [];
  return signedMemosIn(landed).flatMap(({ text: memo, signers }) => {
    const parsed = parseMemo(memo);
    if (parsed?.operationId !== operationId) return [];
    const address = signers.find((signer) => addresses.includes(signer));
    if (address === undefined) return [];
    const amounts =
      parsed.kind === "recover"
        ? { lamports: cameBackTo(landed), mayBe: [cameBackTo(landed)] }
        : spentLamports(landed, new Set([address, payer]), minimums(landed));
    const tokens = receivedTokens(meta, address, token);
    return [{ ...parsed, memo, address, payer, signature, slot, ...amounts, tokens, fee: meta.fee }];
  });
}

/**
 * Returns the increase of the fee payer's balance plus the fee. The payer of a return is the wallet that receives it.
 */
const cameBackTo = ({ meta: { fee, preBalances, postBalances } }: ChainTransaction): bigint =>
  (postBalances[0] ?? 0n) - (preBalances[0] ?? 0n) + fee;

/** Returns the owner of the token account at each position, including accounts that the transaction closed. */
const tokenOwners = ({ meta }: ChainTransaction): ReadonlyMap<number, string> =>
  new Map(
    [...(meta.preTokenBalances ?? []), ...(meta.postTokenBalances ?? [])].flatMap(
      ({ accountIndex, owner }) => (owner === undefined ? [] : [[accountIndex, owner] as const]),
    ),
  );

/** Returns the positions of the payers, and of the token accounts that they had before or have opened. */
function positionsOf(transaction: ChainTransaction, payers: ReadonlySet<string>): ReadonlySet<number> {
  const keys = keysOf(transaction);
  const owners = tokenOwners(transaction);
  const { preBalances } = transaction.meta;
  const opened = openedSizes(transaction);
  const isTheirs = (before: bigint, at: number): boolean =>
    payers.has(keys[at] ?? "") || ((before > 0n || opened.has(at)) && payers.has(owners.get(at) ?? ""));
  return new Set(preBalances.flatMap((before, at) => (isTheirs(before, at) ? [at] : [])));
}

/**
 * Returns what the payers lost, less the fee and the rents of the accounts that the transaction opened.
 *
 * As in `engine/recovery/conservation.ts`, the payers' earlier token accounts also count as theirs. A buy
 * that unwraps SOL which they had wrapped before is therefore no gain. An account may have had lamports before it was
 * opened: its rent is what was missing.
 */
function spentLamports(
  transaction: ChainTransaction,
  payers: ReadonlySet<string>,
  emptyAccountRent: bigint,
): Pick<ChainLeg, "lamports" | "mayBe"> {
  const { fee, preBalances, postBalances } = transaction.meta;
  const opened = openedSizes(transaction);
  const theirs = positionsOf(transaction, payers);
  const rests: bigint[] = [];
  const changes = preBalances.map((before, at) => {
    const after = postBalances[at] ?? 0n;
    if (theirs.has(at)) return before - after;
    const size = opened.get(at);
    if (size !== undefined) {
      const { rent, rest } = rentWithin(emptyAccountRent, size, [before, after]);
      rests.push(rest);
      return -rent;
    }
    if (before !== 0n) return 0n;
    return after < emptyAccountRent ? -after : -emptyAccountRent;
  });
  const lamports = changes.reduce((all, change) => all + change, -fee);
  const topUps = [...topUpsOf(transaction, theirs, payers), ...rests];
  return { lamports, mayBe: amountsWithout(lamports, topUps, emptyAccountRent) };
}

function receivedTokens(
  { preTokenBalances, postTokenBalances }: ChainTransaction["meta"],
  owner: string,
  mint: string,
): bigint {
  const held = (balances: ChainTransaction["meta"]["preTokenBalances"]): bigint =>
    (balances ?? [])
      .filter((balance) => balance.owner === owner && balance.mint === mint)
      .reduce((all, { uiTokenAmount }) => all + uiTokenAmount.amount, 0n);
  return held(postTokenBalances) - held(preTokenBalances);
}
