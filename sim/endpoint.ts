/**
 * Simulates one RPC node. It answers from its own view. The view may be old, its history may be pruned, and some nodes
 * return false nulls.
 */
import { z } from "zod";
import type { Address, HistoryLine, Signature } from "../src/engine/ports.ts";
import { BLOCKHASH_LIFE, type Block, type Cluster, type Landing, type View } from "./cluster.ts";
import type { FaultKind, Faults } from "./faults.ts";
import type { Scheduler } from "./scheduler.ts";
import { spite } from "./spite.ts";

/** For how many slots a node returns statuses without a history search. */
const STATUS_CACHE = 150;

/** The longest lag of the fault "endpoint lags past the landing", slots. */
const DEEPEST_LAG = 200;

/** The shortest and longest duration of each mood, ms. A mood is a fault that lasts. */
const MOODS = {
  "endpoint forgets recent statuses": [20_000, 150_000],
  "endpoint refuses history search": [5_000, 40_000],
} as const satisfies Partial<Record<FaultKind, readonly [number, number]>>;

const statusParams = z.tuple([
  z.array(z.string()),
  z.object({ searchTransactionHistory: z.boolean().optional() }),
]);

const historyParams = z.tuple([z.string(), z.object({ minContextSlot: z.bigint(), since: z.bigint() })]);

/** A node's answer to one request, parsed as from JSON-RPC: every integer is a bigint. */
export type Answer = {
  readonly result: unknown;
  /** The answer omits part of the truth: the node lags, has pruned its history, or lied. */
  readonly troubled: boolean;
  /** The delay of the answer, ms. */
  readonly delayMs: number;
};

export class SimEndpoint {
  readonly name: string;
  readonly #cluster: Cluster;
  readonly #faults: Faults;
  readonly #scheduler: Scheduler;
  readonly #mayLie: boolean;
  #stuckUntil = 0;
  #stuckSlot = 0;
  #firstAvailableSlot = 0;
  readonly #moods = new Map<FaultKind, number>();

  constructor(name: string, cluster: Cluster, faults: Faults, scheduler: Scheduler, mayLie: boolean) {
    this.name = name;
    this.#cluster = cluster;
    this.#faults = faults;
    this.#scheduler = scheduler;
    this.#mayLie = mayLie;
  }

  /** Returns true if the node's records include this slot. */
  remembers(slot: bigint): boolean {
    return BigInt(this.#firstAvailableSlot) <= slot;
  }

  /** Returns null if the node refuses to answer. */
  answer(method: string, params: readonly unknown[]): Answer | null {
    const slotsAgo = this.#lag();
    if (method === "getSignatureStatuses") return this.#statuses(statusParams.parse(params), slotsAgo);
    if (method === "getSignaturesForAddress") return this.#history(historyParams.parse(params), slotsAgo);
    return {
      result: this.#read(method, params, this.#cluster.view(slotsAgo)),
      troubled: slotsAgo > 0,
      delayMs: 0,
    };
  }

  /**
   * Returns the age of the view in slots. It differs from call to call, as behind a load balancer. A stuck node's view
   * does not advance for a while.
   */
  #lag(): number {
    const { now } = this.#scheduler;
    if (this.#stuckUntil <= now && this.#faults.strikes("endpoint stuck")) {
      this.#stuckUntil = now + this.#faults.shape("endpoint stuck").between(2_000, 90_000);
      this.#stuckSlot = now;
    }
    const stuck =
      this.#stuckUntil > now ? Math.floor((now - this.#stuckSlot) / this.#cluster.machine.slotMs) : 0;
    if (!this.#faults.strikes("endpoint lags")) return stuck;
    return stuck + this.#faults.shape("endpoint lags").between(1, 60);
  }

  #is(mood: keyof typeof MOODS): boolean {
    const { now } = this.#scheduler;
    if ((this.#moods.get(mood) ?? 0) > now) return true;
    if (!this.#faults.strikes(mood)) return false;
    const [shortest, longest] = MOODS[mood];
    this.#moods.set(mood, now + this.#faults.shape(mood).between(shortest, longest));
    return true;
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
      default:
        return { context, value: null };
    }
  }

  #statuses(
    [signatures, { searchTransactionHistory: searches = false }]: z.infer<typeof statusParams>,
    lag: number,
  ): Answer | null {
    if (searches && this.#is("endpoint refuses history search")) return null;
    const slotsAgo = searches ? this.#lagPastLanding(signatures, lag) : lag;
    const view = this.#cluster.view(slotsAgo);
    if (searches) this.#prune(view);
    const cacheSlots = this.#is("endpoint forgets recent statuses") ? 0 : STATUS_CACHE;
    let lied = false;
    const value = signatures.map((signature) => {
      const known = this.#statusOf(signature as Signature, view, cacheSlots, searches);
      if (known === null || !this.#mayLie || !this.#faults.strikes("endpoint lies null")) return known;
      lied = true;
      return null;
    });
    const delayMs = searches ? spite(this.#cluster, this.#faults, signatures as Signature[]) : 0;
    return {
      result: { context: { slot: BigInt(view.tip.slot) }, value },
      troubled: slotsAgo > 0 || this.#firstAvailableSlot > 0 || lied,
      delayMs,
    };
  }

  /** Returns a payer's final transactions; null if the view is older than the caller requires. */
  #history(
    [payer, { minContextSlot, since }]: z.infer<typeof historyParams>,
    slotsAgo: number,
  ): Answer | null {
    const view = this.#cluster.view(slotsAgo);
    if (BigInt(this.#cluster.blockAt(view, view.finalizedHeight).slot) < minContextSlot) return null;
    this.#prune(view);
    const lied = this.#mayLie && this.#faults.strikes("endpoint lies null");
    const found = this.#cluster.finalOf(payer as Address, view, since);
    const lines = found.filter(({ slot }) => !lied && slot >= this.#firstAvailableSlot);
    return {
      result: lines.map(
        ({ slot, landing: { transaction, failed } }): HistoryLine => ({
          signature: transaction.signature,
          slot: BigInt(slot),
          failed,
          memos: [transaction.memo],
        }),
      ),
      troubled: slotsAgo > 0 || this.#firstAvailableSlot > 0 || lied,
      delayMs: spite(this.#cluster, this.#faults, this.#cluster.waitingOf(payer as Address)),
    };
  }

  /**
   * A node may have deleted its old blocks; only `getFirstAvailableBlock` shows this. Deleted blocks never come back.
   * Otherwise a node could answer `null` and later claim these blocks. That would be a lie, and only nodes with
   * `#mayLie` lie.
   */
  #prune(view: View): void {
    if (!this.#faults.strikes("endpoint lost its history")) return;
    const kept = this.#faults.shape("endpoint lost its history").between(20, 300);
    this.#firstAvailableSlot = Math.max(this.#firstAvailableSlot, view.tip.slot - kept);
  }

  #statusOf(signature: Signature, view: View, cacheSlots: number, searches: boolean) {
    const block = this.#cluster.find(signature, view);
    if (block === undefined) return null;
    const isRecent = view.tip.slot - block.slot < cacheSlots;
    const isKept = block.height <= view.finalizedHeight && block.slot >= this.#firstAvailableSlot;
    return isRecent || (searches && isKept) ? describeStatus(block, signature, view) : null;
  }

  /** Returns the worst possible lag: the view ends just before the newest of these signatures landed. */
  #lagPastLanding(signatures: readonly string[], lag: number): number {
    const now = this.#cluster.view(0);
    const slots = signatures.map((signature) => this.#cluster.find(signature as Signature, now)?.slot ?? 0);
    const needed = now.tip.slot - Math.max(...slots) + 1;
    const isNearby = needed > 1 && needed <= DEEPEST_LAG;
    return isNearby && this.#faults.strikes("endpoint lags past the landing") ? Math.max(lag, needed) : lag;
  }
}

const whyFailed = ({ isUnrun, isShortOfRent }: Landing): unknown => {
  if (isUnrun) return "InsufficientFundsForFee";
  if (isShortOfRent) return { InsufficientFundsForRent: { account_index: 1n } };
  return { InstructionError: [2n, { Custom: 6001n }] };
};

const describeStatus = (block: Block, signature: string, { tip, finalizedHeight }: View) => {
  const landing = block.landings.find(({ transaction }) => transaction.signature === signature);
  const isFinal = block.height <= finalizedHeight;
  const shallow = block.height < tip.height ? "confirmed" : "processed";
  return {
    slot: BigInt(block.slot),
    err: landing?.failed ? whyFailed(landing) : null,
    confirmationStatus: isFinal ? "finalized" : shallow,
    confirmations: isFinal ? null : BigInt(tip.height - block.height),
  };
};
