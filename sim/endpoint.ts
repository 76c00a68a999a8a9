/** One RPC node: it answers truthfully from its own view, which may be old, short of history, or a lie of omission. */
import { z } from "zod";
import type { Signature } from "../src/engine/ports.ts";
import { BLOCKHASH_LIFE, type Block, type Cluster, SLOT_MS, type View } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import type { Scheduler } from "./scheduler.ts";

/** How many slots a node remembers statuses for without searching its history. */
const STATUS_CACHE = 150;

const statusParams = z.tuple([
  z.array(z.string()),
  z.object({ searchTransactionHistory: z.boolean().optional() }),
]);

/** What one node says to one request, as JSON-RPC would carry it: every integer a bigint. */
export type Answer = { readonly result: unknown; readonly troubled: boolean };

export class SimEndpoint {
  readonly name: string;
  readonly #cluster: Cluster;
  readonly #faults: Faults;
  readonly #scheduler: Scheduler;
  readonly #mayLie: boolean;
  #stuckUntil = 0;
  #stuckSlot = 0;
  #firstAvailableSlot = 0;

  constructor(name: string, cluster: Cluster, faults: Faults, scheduler: Scheduler, mayLie: boolean) {
    this.name = name;
    this.#cluster = cluster;
    this.#faults = faults;
    this.#scheduler = scheduler;
    this.#mayLie = mayLie;
  }

  /** Whether its records reach back to this slot. */
  remembers(slot: bigint): boolean {
    return BigInt(this.#firstAvailableSlot) <= slot;
  }

  answer(method: string, params: readonly unknown[]): Answer {
    const slotsAgo = this.#lag();
    const view = this.#cluster.view(slotsAgo);
    const honest = { result: this.#read(method, params, view), troubled: slotsAgo > 0 };
    if (method !== "getSignatureStatuses") return honest;
    return this.#statuses(statusParams.parse(params), view, slotsAgo > 0);
  }

  /** The view's age in slots: nodes behind a balancer differ from call to call, and some stand still for a while. */
  #lag(): number {
    const { now } = this.#scheduler;
    if (this.#stuckUntil <= now && this.#faults.strikes("endpoint stuck")) {
      this.#stuckUntil = now + this.#faults.shape("endpoint stuck").between(2_000, 90_000);
      this.#stuckSlot = now;
    }
    const stuck = this.#stuckUntil > now ? Math.floor((now - this.#stuckSlot) / SLOT_MS) : 0;
    if (!this.#faults.strikes("endpoint lags")) return stuck;
    return stuck + this.#faults.shape("endpoint lags").between(1, 60);
  }

  #read(method: string, params: readonly unknown[], view: View): unknown {
    const commitment = z.object({ commitment: z.string() }).safeParse(params[0]).data?.commitment;
    const height = commitment === "finalized" ? view.finalizedHeight : view.tip.height - 1;
    const block = this.#cluster.blockAt(view, height);
    const context = { slot: BigInt(view.tip.slot) };
    switch (method) {
      case "getEpochInfo":
        return { absoluteSlot: BigInt(block.slot), blockHeight: BigInt(block.height) };
      case "getLatestBlockhash": {
        const lastValidBlockHeight = BigInt(block.height + BLOCKHASH_LIFE);
        return {
          context: { slot: BigInt(block.slot) },
          value: { blockhash: block.blockhash, lastValidBlockHeight },
        };
      }
      case "getFirstAvailableBlock":
        return BigInt(this.#firstAvailableSlot);
      case "getSignatureStatuses":
        return null;
      default:
        return { context, value: null };
    }
  }

  #statuses(
    [signatures, { searchTransactionHistory = false }]: z.infer<typeof statusParams>,
    view: View,
    old: boolean,
  ): Answer {
    // A node may have thrown its old blocks away, and says so only when it is asked.
    if (searchTransactionHistory && this.#faults.strikes("endpoint lost its history")) {
      this.#firstAvailableSlot =
        view.tip.slot - this.#faults.shape("endpoint lost its history").between(20, 300);
    }
    let troubled = old || this.#firstAvailableSlot > 0;
    const value = signatures.map((signature) => {
      const block = this.#cluster.find(signature as Signature, view);
      if (block === undefined) return null;
      const isRecent = view.tip.slot - block.slot <= STATUS_CACHE;
      const isKept = block.height <= view.finalizedHeight && block.slot >= this.#firstAvailableSlot;
      if (!isRecent && !(searchTransactionHistory && isKept)) return null;
      if (this.#mayLie && this.#faults.strikes("endpoint lies null")) {
        troubled = true;
        return null;
      }
      return statusOf(block, signature, view);
    });
    return { result: { context: { slot: BigInt(view.tip.slot) }, value }, troubled };
  }
}

const statusOf = (block: Block, signature: string, { tip, finalizedHeight }: View) => {
  const failed = block.landings.find(({ transaction }) => transaction.signature === signature)?.failed;
  const isFinal = block.height <= finalizedHeight;
  const shallow = block.height < tip.height ? "confirmed" : "processed";
  return {
    slot: BigInt(block.slot),
    err: failed ? { InstructionError: [2n, { Custom: 6001n }] } : null,
    confirmationStatus: isFinal ? "finalized" : shallow,
    confirmations: isFinal ? null : BigInt(tip.height - block.height),
  };
};
