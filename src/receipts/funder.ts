/**
 * Finds who funded a wallet: the payer of the first transaction that brought it lamports. One hop, and three pages of
 * its history at most; otherwise it is unknown. A funder is a wallet, and says nothing about people.
 */
import type { Address, Signature } from "@solana/kit";
import { type ChainReader, HISTORY_PAGE, type HistoryLine, keysOf } from "./chain-reader.ts";

const PAGES_AT_MOST = 3;
/** The oldest transactions that are read: a stranger may mention a wallet before anyone funds it. */
const READ_AT_MOST = 10;

/**
 * @returns null if it is unknown
 * @throws `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 */
export async function findFunder(
  reader: Pick<ChainReader, "history" | "transaction">,
  wallet: Address,
): Promise<Address | null> {
  const lines: HistoryLine[] = [];
  for (let page = 1; page <= PAGES_AT_MOST; page += 1) {
    const read = await reader.history(wallet, lines.at(-1)?.signature as Signature | undefined);
    lines.push(...read);
    if (read.length < HISTORY_PAGE) return firstPayer(reader, wallet, lines);
  }
  return null;
}

/** @param lines the whole history, newest first */
async function firstPayer(
  reader: Pick<ChainReader, "transaction">,
  wallet: Address,
  lines: readonly HistoryLine[],
): Promise<Address | null> {
  const landed = lines.filter(({ err }) => err === null).toReversed();
  for (const { signature } of landed.slice(0, READ_AT_MOST)) {
    const read = await reader.transaction(signature as Signature);
    const at = read === null ? -1 : keysOf(read).indexOf(wallet);
    // The endpoint lacks it, or does not say which accounts it loads: we cannot say what it brought.
    if (read === null || at === -1) return null;
    const before = read.meta.preBalances[at] ?? 0n;
    if ((read.meta.postBalances[at] ?? 0n) <= before) continue;
    // A wallet that had lamports before its first known transaction has an older one, which the endpoint lacks.
    return before === 0n ? ((read.transaction.message.accountKeys[0] ?? null) as Address | null) : null;
  }
  return null;
}
