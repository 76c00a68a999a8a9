/**
 * Defines what we assume about a cluster before its first answer, and the bounds for its answers.
 *
 * This is the only file, besides the localnet's settings, that names rents, slot times or finality depths. All other
 * code uses the cluster's answers. `test/engine/cluster-literals.test.ts` checks it.
 */

/**
 * The assumed slot time, ms, until two answers show how fast slots come. It is the longest of the clusters where money is
 * real. A lagging endpoint is asked again after it: a node that follows has another block by then.
 */
export const FIRST_SLOT_MS = 400;

/**
 * A blockhash is valid for this many blocks, and one more block may include a transaction that uses it (a constant of
 * the protocol).
 */
export const BLOCKHASH_BLOCKS = 150;

/** The shortest slot time of the clusters where money is real, ms. Decisions before any measurement use it. */
export const SWIFTEST_SLOT_MS = 200;

/**
 * An endpoint lags if it is further behind than this, in blocks or in slots. Nodes of one cluster are normally a few blocks
 * apart. It is a number of blocks at any slot time, because a lag takes blocks of a blockhash's life: these are 10 of 150.
 */
export const LAG_BLOCKS = 10n;

/** The bounds of the estimated slot time, ms. A localnet's slots are short, and a cluster may stop. */
export const SHORTEST_SLOT_MS = 5;
export const LONGEST_SLOT_MS = 2_000;

/** The assumed number of slots until a transaction is final, until we have observed it. */
export const FIRST_FINALITY_SLOTS = 32;

/**
 * By consensus, the most blocks that a node's finalized height is behind its tip, if the node is healthy. R3 relies on it
 * where the height and the statuses come from different nodes behind one address.
 */
export const FINALITY_BLOCKS = { tower: 32n, alpenglow: 1n } as const;

/**
 * The highest rent rate, lamports per byte, that we accept from an endpoint: twice the highest rate of any cluster so
 * far (SIMD-0437, SIMD-0438). A higher false rate would make wallets lock up money for nothing.
 */
export const MOST_LAMPORTS_PER_BYTE = 2n * 6_960n;
