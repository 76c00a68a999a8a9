/**
 * Lists what no swap may name. A swap passes the buyer's signature on to the programs that it names, and under these a
 * wallet may hold something that is neither lamports nor tokens: stakes, votes, programs, collectibles, shares in a
 * multisig, names, orders. No market of a token needs them.
 *
 * This is a list of what is denied, because nobody has a list of all markets: an aggregator adds some every month. So it
 * cannot be complete. What stands behind it: no account of ours is among the swap's (`jupiter.ts`), and the simulated
 * effect (`engine/buy/effect.ts`) refuses a swap that closes an account, writes a nonce, or writes any other account
 * whose data name the buyer.
 */
import { type Address, address } from "@solana/kit";

export const NOT_MARKETS: ReadonlyMap<Address, string> = new Map(
  Object.entries({
    // Stakes and votes.
    Stake11111111111111111111111111111111111111: "stakes",
    StakeConfig11111111111111111111111111111111: "stakes",
    SysvarStakeHistory1111111111111111111111111: "stakes",
    Vote111111111111111111111111111111111111111: "votes",
    // A nonce account belongs to the System program, which many markets need. Advancing it and withdrawing from it take
    // this account, which no market needs.
    SysvarRecentB1ockHashes11111111111111111111: "nonce accounts",
    // Programs, tables, settings.
    NativeLoader1111111111111111111111111111111: "programs",
    BPFLoader1111111111111111111111111111111111: "programs",
    BPFLoader2111111111111111111111111111111111: "programs",
    BPFLoaderUpgradeab1e11111111111111111111111: "programs",
    LoaderV411111111111111111111111111111111111: "programs",
    AddressLookupTab1e1111111111111111111111111: "lookup tables",
    Config1111111111111111111111111111111111111: "settings",
    // Collectibles. The owner of a compressed one is in no account's data.
    metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s: "Metaplex Token Metadata",
    auth9SigNpDKz4sJJ1DfCTuZrZNSAgh9sFD3rboVmgg: "Metaplex Token Auth Rules",
    CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d: "Metaplex Core",
    BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY: "Metaplex Bubblegum",
    cmtDvXumGCrqC1Age74AVPhSRVXJMd8PJS91L8KbNCK: "account compression",
    mcmt6YrQEMKw8Mw43FmpRLmf7BqRnFMKmAcbxE3xkAW: "account compression",
    // Shares in a decision, and names.
    SMPLecH534NA9acpos4G6x7uf3LWbCAwZQE9e8ZekMu: "Squads",
    SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf: "Squads",
    GovER5Lthms3bLBqWub97yVrMmEogzX7xNjdXpPPCVZw: "governance",
    namesLPneVptA9Z5rqUDD9tMTWEJwofgaYwp8cawRkX: "names",
    // Tokens that are locked or ordered for a wallet.
    strmRqUCoQUgGUan5YhzUZa6KqdzwX5L6FpUxfmKg5m: "Streamflow",
    LocpQgucEQHbqNABEYvBvwoxCPsSbG91A1QaQhQQqjn: "Jupiter Lock",
    DCA265Vj8a9CEuX1eb1LWRnDT7uK6q1xMipnNyatn23M: "Jupiter DCA",
    jupoNjAxXgZ4rjzxzPMP4oxduvQsQtZzyknqvzYNrNu: "Jupiter's orders",
    j1o2qRpjcyUwEvwtcfhEQefh773ZgjxcVRry7LDqg5X: "Jupiter's orders",
  }).map(([program, what]) => [address(program), what]),
);
