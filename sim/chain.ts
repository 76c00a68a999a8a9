/** Implements the `Chain` port of one simulated process: the real evidence and blockhash code, over simulated endpoints. */
import type { Blockhash } from "@solana/kit";
import { z } from "zod";
import { createBlockhashCache } from "../src/chain/blockhash.ts";
import { gatherEvidence } from "../src/chain/evidence.ts";
import { createRecordsReader } from "../src/chain/records.ts";
import { readStatuses } from "../src/chain/statuses.ts";
import {
  type AccountChange,
  type AccountEffect,
  type Address,
  blockhashLifeMs,
  type Chain,
  type FinalTransaction,
  type HistoryLine,
  landedAt,
  type Signature,
  type SignatureView,
  type Simulation,
  type WalletHistory,
} from "../src/engine/ports.ts";
import { createReads, type ReadBlock } from "./accounts.ts";
import { BLOCKHASH_LIFE, type Block } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import { execute, type Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import { blockhashWatcher } from "./promises.ts";
import { SimRpc } from "./rpc.ts";
import {
  compose,
  doesSame,
  readMessage,
  readTransaction,
  type SimTransaction,
  wireOf,
} from "./transaction.ts";
import type { World } from "./world.ts";

/** The pause between two polls of a watched signature, ms. */
const LOOK_MS = { confirmed: 600, finalized: 3_000 };

const epochInfo = z.object({ absoluteSlot: z.bigint(), blockHeight: z.bigint() });
const historyLines = z.array(z.custom<HistoryLine>((line) => typeof line === "object"));

/** Reads a wallet's history as `chain/history.ts` does: height first, then the history, then where the records begin. */
const readHistory = (
  rpc: SimRpc,
  quorum: number,
  wallet: Address,
  since: bigint,
): Promise<readonly WalletHistory[]> =>
  rpc.onDistinctEndpoints(quorum, async (call, endpoint) => {
    const { absoluteSlot: minContextSlot, blockHeight: finalizedBlockHeight } = await call({
      method: "getEpochInfo",
      params: [{ commitment: "finalized" }],
      schema: epochInfo,
    });
    const lines = await call({
      method: "getSignaturesForAddress",
      params: [wallet, { minContextSlot, since }],
      schema: historyLines,
    });
    const firstAvailableSlot = await call({
      method: "getFirstAvailableBlock",
      params: [],
      schema: z.bigint(),
    });
    return { endpoint, finalizedBlockHeight, lines, complete: true, firstAvailableSlot };
  });

/** Returns null if the transaction is not final in the view of the node that answers. */
function readFinal({ cluster, faults }: World, signature: Signature): FinalTransaction | null {
  const view = cluster.view(
    faults.strikes("endpoint lags") ? faults.shape("endpoint lags").between(1, 60) : 0,
  );
  const block = cluster.find(signature, view);
  const landing = block?.landings.find(({ transaction }) => transaction.signature === signature);
  if (block === undefined || landing === undefined || block.height > view.finalizedHeight) return null;
  const { memo, memoSigner, version, blockhash, fee } = landing.transaction;
  return {
    signature,
    slot: BigInt(block.slot),
    failed: landing.failed,
    wire: wireOf(landing.transaction),
    messageVersion: version,
    blockhash: blockhash as Blockhash,
    fee,
    memos: [{ text: memo, signers: [memoSigner] }],
  };
}

export function createSimChain(world: World, process: Process, readBlock: ReadBlock): Chain {
  const { cluster, faults, scheduler } = world;
  const rpc = new SimRpc(process, faults, scheduler, world.endpoints);
  const consensus = async () => cluster.machine.consensus;
  const blockhashes = createBlockhashCache(rpc, {
    now: () => scheduler.now,
    commitment: async () => landedAt(await consensus()),
  });
  const records = createRecordsReader(() => scheduler.now);
  const handed = blockhashWatcher(world, process);
  return {
    consensus,
    blockhashLifeMs: () => blockhashLifeMs(cluster.machine.slotMs),
    async latestBlockhash(how) {
      const lifetime = await blockhashes.latest(how);
      handed(lifetime.slot);
      return lifetime;
    },
    findAccounts: async () => [],
    gatherEvidence: (signatures) =>
      gatherEvidence(rpc, signatures, {
        quorum: world.quorum,
        consensus,
        records,
        sleep: (ms) => process.sleep(ms),
      }),
    readHistory: (wallet, since) => readHistory(rpc, world.quorum, wallet, since),
    async readHistories(wallets, since) {
      const histories = new Map<Address, readonly WalletHistory[]>();
      for (const wallet of wallets)
        histories.set(wallet, await readHistory(rpc, world.quorum, wallet, since));
      return histories;
    },
    readFinal: (signature) =>
      process.call("rpc.getTransaction", () =>
        rpc.request("getTransaction", () => readFinal(world, signature)),
      ),
    ...createReads(world, process, rpc, readBlock),
    findTokenAccounts: async () => [],
    computeUnitPrice: () => process.call("rpc.getRecentPrioritizationFees", async () => 1_000n),
    maxComputeUnitPrice: 1_000_000n,
    compose,
    doesSame,
    simulate: (transaction) =>
      process.call("rpc.simulateTransaction", () =>
        rpc.request("simulateTransaction", () => {
          return simulateOn(readBlock(), transaction);
        }),
      ),
    broadcast(wire, { preflight }) {
      const transaction = readTransaction(wire);
      return process.call("rpc.sendTransaction", () =>
        rpc.request("sendTransaction", () => {
          const refused = preflight ? refusalOf(world, faults, transaction) : null;
          if (refused !== null) return { refused };
          world.trace.note(process.name, `sends ${transaction.signature.slice(0, 8)}`);
          cluster.submit(transaction);
          return "sent" as const;
        }),
      );
    },
    watch: (signature, options) => watch(rpc, world, process, signature, options),
  };
}

function simulateOn({ ledger }: Block, unsigned: Parameters<Chain["simulate"]>[0]): Simulation {
  const transaction = readMessage(unsigned);
  const executed = execute(ledger, transaction, false);
  const hasFailed = executed === null || executed.failed;
  return {
    unitsConsumed: 100_000,
    loadedAccountsDataSize: null,
    instructions: null,
    failure: hasFailed ? { error: "InsufficientFunds", message: "too few lamports" } : null,
    tokensAfter: executed?.ledger.tokens ?? ledger.tokens,
    effects: hasFailed
      ? []
      : executed.changes.map((change) => effectOf(change, transaction, ledger, executed.ledger)),
  };
}

const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;

function effectOf(
  { address, before, after, tokenOwner: owner }: AccountChange,
  { mint }: Pick<SimTransaction, "mint">,
  was: Ledger,
  is: Ledger,
): AccountEffect {
  const token = ({ tokens }: Ledger) =>
    owner === undefined || mint === null || !tokens.has(address)
      ? null
      : { mint, owner, amount: tokens.get(address) ?? 0n, delegate: null, closeAuthority: null };
  const program = owner === undefined ? SYSTEM_PROGRAM : ("sim-token-program" as Address);
  return {
    address,
    before: { lamports: before, token: token(was) },
    after: { lamports: after, token: token(is), program },
  };
}

/**
 * Returns the preflight error: this node does not have the blockhash, or the blockhash expired, or the price has moved.
 * Null: no error.
 */
function refusalOf({ cluster }: World, faults: Faults, { blockhash }: SimTransaction) {
  const view = cluster.view(faults.strikes("endpoint lags") ? 20 : 0);
  const origin = cluster.blockOf(blockhash);
  const isKnown = origin !== undefined && cluster.isAncestor(origin, view.tip);
  if (!isKnown || view.tip.height > origin.height + BLOCKHASH_LIFE) {
    return { error: "BlockhashNotFound", message: "its blockhash is unknown to the node or has expired" };
  }
  if (!faults.strikes("preflight refuses")) return null;
  return { error: { InstructionError: [2, { Custom: 6001 }] }, message: "instruction 3 failed" };
}

/**
 * Watches a signature as the confirmer does: it reads recent statuses only, counts `processed` as unseen, and keeps its
 * view if a poll fails.
 */
async function watch(
  rpc: SimRpc,
  { scheduler }: World,
  process: Process,
  signature: Signature,
  { timeoutMs, until }: { timeoutMs: number; until: "confirmed" | "finalized" },
): Promise<SignatureView> {
  const deadline = scheduler.now + timeoutMs;
  let view: SignatureView = { state: "unseen" };
  while (scheduler.now < deadline) {
    await process.sleep(Math.min(LOOK_MS[until], deadline - scheduler.now));
    const answer = await readStatuses(rpc.call, [signature], {
      searchTransactionHistory: false,
      tries: 1,
    }).catch(() => null);
    const status = answer?.statuses[0]?.[1];
    if (status === undefined) continue;
    view =
      status === null || status.commitment === "processed"
        ? { state: "unseen" }
        : { state: status.commitment, slot: status.slot, failure: status.failure };
    if (view.state === "finalized" || view.state === until) return view;
  }
  return view;
}
