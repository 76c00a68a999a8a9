/** Implements the engine's `Chain` port with one or more JSON-RPC endpoints. */
import { quorumOf } from "../base/quorum.ts";
import { type Address, blockhashLifeMs, type Chain, type WitnessReader } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { accountBatches, createAccountReader } from "./accounts.ts";
import { createBlockhashCache, readTips, type Tip } from "./blockhash.ts";
import { createCommitmentReader } from "./commitment.ts";
import { Confirmer } from "./confirm.ts";
import { createConsensusReader, keptFor } from "./consensus.ts";
import { gatherEvidence } from "./evidence.ts";
import { capOf, createPriceReader, type FeeOptions } from "./fees.ts";
import { readFinal, readHistories, readHistory } from "./history.ts";
import { createRecordsReader } from "./records.ts";
import { Rpc, type RpcOptions, type RpcStats } from "./rpc.ts";
import { doesSame } from "./same-work.ts";
import { broadcast } from "./send.ts";
import { simulate } from "./simulate.ts";
import { HISTORY_BATCH } from "./statuses.ts";
import { findTokenAccounts, readHoldings, readTokenAccounts, tokenAccountsIn } from "./token-accounts.ts";
import { compose } from "./transaction.ts";
import { readAgreedTransaction, readTransaction } from "./transactions.ts";
import { createAccountFinder, createWitnessReader } from "./witnesses.ts";

export type ChainOptions = RpcOptions &
  FeeOptions & {
    /** Makes confirmations faster. Without it, or while it is broken, we only poll statuses. */
    readonly webSocketUrl?: string;
    /** How long the cache returns the same blockhash, ms. Default 2,000. */
    readonly blockhashFreshMs?: number;
    /** The pause before we request evidence again from a lagging endpoint, ms. Default: `FIRST_SLOT_MS`. */
    readonly lagPauseMs?: number;
    /** How many distinct endpoints must agree before a step may be signed again. Default 2, with one endpoint 1. */
    readonly resignQuorum?: number;
    /** The genesis hash of the journal's cluster; null if it is not known. An absence on another cluster proves nothing. */
    readonly genesis?: () => Promise<string | null>;
    /** Called once for each optional method that an endpoint does not support. */
    readonly warn?: (text: string) => void;
  };

export type SolanaChain = Chain & {
  readonly witnessAccounts: WitnessReader;
  /** Reads the tips of as many distinct endpoints as must agree. @throws `CTO_E_RPC_UNAVAILABLE` if fewer of them answer */
  readTips(): Promise<readonly Tip[]>;
  /**
   * Returns what each owner holds of a mint, base units, over all of its token accounts: one request for each owner. Null: it
   * has too many accounts for one answer.
   */
  readHoldings(owners: readonly Address[], mint: Address): Promise<ReadonlyMap<Address, bigint | null>>;
  /** Compares the genesis hashes of all endpoints that answer. @throws `CTO_E_CONFIG_CLUSTERS_DIFFER` */
  requireOneCluster(): Promise<void>;
  /** The number of requests, per method and endpoint. It names hosts only, because URLs may contain keys. */
  stats(): RpcStats;
  /** Resolves watches with their current views, and rejects calls with `CTO_E_RPC_UNAVAILABLE`. */
  close(): void;
  /** Aborted by `close()`, so that other waits can end too. */
  readonly closing: AbortSignal;
};

/**
 * Opens no connection before the first use. Create one per process: its users share the blockhash, the confirmer and the
 * rate limits.
 *
 * @throws `CTO_E_CONFIG_INVALID` if no URL is given, a URL is invalid, or the quorum exceeds their number
 * @example
 * const chain = createChain({ urls: ["http://127.0.0.1:8899"], webSocketUrl: "ws://127.0.0.1:8900" });
 * const { blockhash } = await chain.latestBlockhash();
 * chain.close();
 */
export function createChain(options: ChainOptions): SolanaChain {
  const { webSocketUrl, blockhashFreshMs, lagPauseMs } = options;
  const rpc = new Rpc(options);
  const quorum = quorumOf(options.resignQuorum, rpc.size);
  if (!Number.isInteger(quorum) || quorum < 1 || quorum > rpc.size) {
    const problem = `RESIGN_QUORUM must be from 1 to the number of distinct endpoints, which is ${rpc.size}`;
    throw new CTOError("CTO_E_CONFIG_INVALID", { problems: [problem] });
  }
  const size = accountBatches();
  const history = { most: HISTORY_BATCH };
  const records = createRecordsReader();
  const consensus = createConsensusReader(rpc, undefined, keptFor(options.urls));
  const commitment = createCommitmentReader(consensus);
  const fetchAccounts = createAccountReader(rpc, commitment, size);
  const confirmer = new Confirmer(rpc, { webSocketUrl });
  const blockhashes = createBlockhashCache(rpc, {
    commitment,
    ...(blockhashFreshMs === undefined ? {} : { freshMs: blockhashFreshMs }),
  });
  const simulating = { fetchAccounts, blockhashes, commitment };
  return {
    consensus,
    blockhashLifeMs: () => blockhashLifeMs(confirmer.slotMs()),
    fetchAccounts,
    witnessAccounts: createWitnessReader(rpc, quorum, commitment, size),
    // It remembers its own newest slot: an endpoint whose final block is 32 slots old does not lag.
    witnessFinalAccounts: createWitnessReader(rpc, quorum, async () => "finalized", size),
    findAccounts: createAccountFinder(rpc, quorum, commitment),
    tokenAccountsIn,
    readTokenAccounts: (addresses) => readTokenAccounts(fetchAccounts, addresses),
    findTokenAccounts: async (owner) => findTokenAccounts(rpc, owner, await commitment()),
    readHoldings: async (owners, mint) => readHoldings(rpc, owners, mint, await commitment()),
    readTransaction: (signature) => readTransaction(rpc, signature),
    readAgreedTransaction: (signature) => readAgreedTransaction(rpc, quorum, signature),
    latestBlockhash: blockhashes.latest,
    computeUnitPrice: createPriceReader(rpc, options, options.warn),
    maxComputeUnitPrice: capOf(options),
    compose,
    doesSame,
    simulate: (transaction, request) => simulate({ rpc, ...simulating }, transaction, request),
    ...(quorum === 1
      ? {}
      : {
          witnessSimulations: (transaction, request) =>
            rpc.onDistinctEndpoints(quorum, (call) =>
              simulate({ rpc: { call }, ...simulating }, transaction, request),
            ),
        }),
    broadcast: (wire, how) => broadcast({ rpc, commitment }, wire, how),
    watch: (signature, how) => confirmer.watch(signature, how),
    gatherEvidence: (signatures) =>
      gatherEvidence(rpc, signatures, {
        quorum,
        consensus,
        records,
        size: history,
        ...(options.genesis === undefined ? {} : { genesis: options.genesis }),
        ...(lagPauseMs === undefined ? {} : { lagPauseMs }),
      }),
    readTips: () => readTips(rpc, quorum, commitment),
    requireOneCluster: () => rpc.requireOneCluster(),
    readHistory: (wallet, since, before) => readHistory(rpc, quorum, wallet, since, before),
    readHistories: (wallets, since) => readHistories(rpc, quorum, wallets, since),
    readFinal: (signature) => readFinal(rpc, signature),
    stats: () => rpc.stats(),
    closing: rpc.closing,
    close() {
      confirmer.close();
      rpc.close();
    },
  };
}
