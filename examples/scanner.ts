/**
 * An example scanner: it tells purchases that many wallets make in the open from bundles that hide. It uses the chain
 * and `/v1/disclosures` of the installations that it knows, nothing else. Three questions:
 *
 * 1. Is a purchase disclosed? Its memo names an operation of the feed, the buying wallet has signed the memo, and the
 *    feed has this wallet under that operation, for this token.
 * 2. Did wallets that buy the same token undisclosed get their first lamports from one source, within three hops?
 *    Sources that fund very many wallets, such as exchanges, say nothing.
 * 3. Were many of them new, and funded by wallets that were new themselves?
 *
 * It has no say about people, and no certainty: a bundle that funds every wallet from an exchange looks like strangers.
 */

/** What the scanner needs to know of a transaction. Lamports and tokens are base units. */
export type ScannedTransaction = {
  readonly signature: string;
  readonly slot: number;
  readonly signers: readonly string[];
  readonly memos: readonly { readonly text: string; readonly signers: readonly string[] }[];
  readonly transfers: readonly { readonly from: string; readonly to: string; readonly lamports: bigint }[];
  readonly bought: readonly { readonly wallet: string; readonly mint: string; readonly lamports: bigint }[];
};

/** What the scanner needs of an item of `/v1/disclosures`. */
export type DisclosedItem = {
  readonly _cto: {
    readonly id: string;
    readonly mint: string;
    readonly wallets: readonly { readonly wallet: string }[];
  };
};

export type Finding = {
  readonly mint: string;
  /** What the wallets have in common. */
  readonly source: string;
  readonly wallets: readonly string[];
  readonly signatures: readonly string[];
};

/** How many first fundings upwards the scanner follows. */
const HOPS = 3;
/** A source of more wallets than this is a service. */
const SERVICE_FUNDS = 60;
/** Fewer wallets with one source may be a household. */
const WALLETS_AT_LEAST = 4;
/** So many new wallets behind new wallets are no chance. */
const NEW_AT_LEAST = 6;
/** A wallet is new for this many slots, about an hour. */
const NEW_SLOTS = 9_000;
/** The source of new wallets whose payers have none in common. */
const NEW = "new-wallets";
/** Purchases of one bundle lie within this many slots, about two hours. */
const WINDOW_SLOTS = 18_000;

type Buy = {
  readonly wallet: string;
  readonly mint: string;
  readonly slot: number;
  readonly signature: string;
};

const MEMO = /^cto:1:([A-Za-z0-9_-]{1,64}):buy:\d+\/\d+$/;

/** Returns the groups of undisclosed purchases that have a source in common. */
export function scan(transactions: readonly ScannedTransaction[], feed: readonly DisclosedItem[]): Finding[] {
  const sources = createSources(transactions);
  const buys = transactions.flatMap((transaction) => undisclosedOf(transaction, feed));
  const groups = new Map<string, Buy[]>();
  for (const buy of buys)
    for (const source of [...sources.of(buy.wallet), ...(sources.isNew(buy) ? [NEW] : [])]) {
      const key = `${buy.mint} ${source}`;
      groups.set(key, [...(groups.get(key) ?? []), buy]);
    }
  return [...groups].flatMap(([key, group]) => findingsOf(key, group));
}

function undisclosedOf(transaction: ScannedTransaction, feed: readonly DisclosedItem[]): Buy[] {
  const { slot, signature, bought, memos } = transaction;
  const isDisclosed = (wallet: string, mint: string): boolean =>
    memos.some(({ text, signers }) => {
      const id = MEMO.exec(text)?.[1];
      // Anyone can write a memo, so the wallet must have signed it, and the operator must list the wallet.
      if (id === undefined || !signers.includes(wallet)) return false;
      return feed.some(
        ({ _cto }) =>
          _cto.id === id && _cto.mint === mint && _cto.wallets.some((one) => one.wallet === wallet),
      );
    });
  return bought
    .filter(({ wallet, mint }) => !isDisclosed(wallet, mint))
    .map(({ wallet, mint }) => ({ wallet, mint, slot, signature }));
}

/** Returns the groups' parts that lie within the window. */
function findingsOf(key: string, group: readonly Buy[]): Finding[] {
  const [mint = "", source = ""] = key.split(" ");
  const findings: Finding[] = [];
  let part: Buy[] = [];
  const finish = (): void => {
    const wallets = [...new Set(part.map(({ wallet }) => wallet))];
    if (wallets.length >= (source === NEW ? NEW_AT_LEAST : WALLETS_AT_LEAST))
      findings.push({ mint, source, wallets, signatures: part.map(({ signature }) => signature) });
    part = [];
  };
  for (const buy of [...group].sort((one, other) => one.slot - other.slot)) {
    if (buy.slot - (part[0]?.slot ?? buy.slot) > WINDOW_SLOTS) finish();
    part.push(buy);
  }
  finish();
  return findings;
}

/** Follows each wallet's first incoming payment upwards. */
function createSources(transactions: readonly ScannedTransaction[]) {
  const first = new Map<string, { readonly from: string; readonly slot: number }>();
  for (const { slot, transfers } of transactions)
    for (const { from, to } of transfers) {
      const known = first.get(to);
      if (known === undefined || slot < known.slot) first.set(to, { from, slot });
    }
  const funded = new Map<string, number>();
  for (const { from } of first.values()) funded.set(from, (funded.get(from) ?? 0) + 1);
  const isService = (wallet: string): boolean => (funded.get(wallet) ?? 0) > SERVICE_FUNDS;
  return {
    /** Whether the wallet was new when it bought, and the wallet that funded it was, too. */
    isNew({ wallet, slot }: Buy): boolean {
      const own = first.get(wallet);
      const payer = own === undefined || isService(own.from) ? undefined : first.get(own.from);
      return own !== undefined && payer !== undefined && slot - payer.slot <= NEW_SLOTS;
    },
    /** What funded the wallet, and what funded that, up to the first service. */
    of(wallet: string): string[] {
      const found: string[] = [];
      let at = wallet;
      for (let hop = 1; hop <= HOPS; hop += 1) {
        const from = first.get(at)?.from;
        if (from === undefined || found.includes(from) || isService(from)) break;
        found.push(from);
        at = from;
      }
      return found;
    },
  };
}
