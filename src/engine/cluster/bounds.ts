/**
 * What is believed of a cluster before it has answered, and what no cluster's answer may exceed.
 *
 * This is the only file, beside the localnet's settings, that names rents, slot times or finality depths: everything else
 * follows from what the cluster says. `npm run lint` checks it.
 */

/** One slot, ms, until two answers have told how fast slots come. */
export const FIRST_SLOT_MS = 400;

/** A blockhash is given out for this many blocks, and one more may have what was signed with it (the protocol's own number). */
export const BLOCKHASH_BLOCKS = 150;

/** The shortest slot of the clusters that money is on, ms: what must be decided before anything is measured reckons with it. */
export const SWIFTEST_SLOT_MS = 200;

/** A slot is never believed to be shorter or longer than this, ms: a localnet ticks fast, and a cluster may stand still. */
export const SHORTEST_SLOT_MS = 5;
export const LONGEST_SLOT_MS = 2_000;

/** How many slots after its own a transaction is final, until one was seen to be. */
export const FIRST_FINALITY_SLOTS = 32;

/**
 * The most lamports per byte that an endpoint is believed: twice the highest rate that a cluster has had (SIMD-0437,
 * SIMD-0438). Whoever answers more would have wallets lock up money for nothing.
 */
export const MOST_LAMPORTS_PER_BYTE = 2n * 6_960n;
