/** Implements the `Chain` port of one simulated process: the real evidence and blockhash code, over simulated endpoints. */
import { createBlockhashCache } from "../src/chain/blockhash.ts";
import { gatherEvidence } from "../src/chain/evidence.ts";
import { readStatuses } from "../src/chain/statuses.ts";
import {
  type AccountChange,
  type AccountEffect,
  type Address,
  blockhashLifeMs,
  type Chain,
  landedAt,
  type Signature,
  type SignatureView,
  type Simulation,
} from "../src/engine/ports.ts";
import { createReads, type ReadBlock } from "./accounts.ts";
import { BLOCKHASH_LIFE, type Block } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import { execute, type Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import { blockhashWatcher } from "./promises.ts";
import { SimRpc } from "./rpc.ts";
import { compose, readMessage, readTransaction, type SimTransaction } from "./transaction.ts";
import type { World } from "./world.ts";

/** The pause between two polls of a watched signature, ms. */
const LOOK_MS = { confirmed: 600, finalized: 3_000 };

export function createSimChain(world: World, process: Process, readBlock: ReadBlock): Chain {
  const { cluster, faults, scheduler } = world;
  const rpc = new SimRpc(process, faults, scheduler, world.endpoints);
  const consensus = async () => cluster.machine.consensus;
  const blockhashes = createBlockhashCache(rpc, {
    now: () => scheduler.now,
    commitment: async () => landedAt(await consensus()),
  });
  const handed = blockhashWatcher(world, process);
  return {
    consensus,
    blockhashLifeMs: () => blockhashLifeMs(cluster.machine.slotMs),
    async latestBlockhash() {
      const lifetime = await blockhashes.latest();
      handed(lifetime.slot);
      return lifetime;
    },
    findAccounts: async () => ({ slot: 0n, accounts: new Map() }),
    gatherEvidence: (signatures) =>
      gatherEvidence(rpc, signatures, { quorum: world.quorum, consensus, sleep: (ms) => process.sleep(ms) }),
    // The simulator never restores a journal, so nothing reads the wallets' history.
    readHistory: async () => [],
    readFinal: async () => null,
    ...createReads(world, process, rpc, readBlock),
    findTokenAccounts: async () => [],
    computeUnitPrice: () => process.call("rpc.getRecentPrioritizationFees", async () => 1_000n),
    maxComputeUnitPrice: 1_000_000n,
    compose,
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
