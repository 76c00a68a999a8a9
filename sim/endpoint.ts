/** One RPC node: it answers truthfully from its own view, which may be old, short of history, or a lie of omission. */
import { z } from "zod";
import type { Signature } from "../src/engine/ports.ts";
import { BLOCKHASH_LIFE, type Block, type Cluster, type Landing, type View } from "./cluster.ts";
import type { FaultKind, Faults } from "./faults.ts";
import type { Scheduler } from "./scheduler.ts";
import { spite } from "./spite.ts";

/** How many slots a node remembers statuses for without searching its history. */
const STATUS_CACHE = 150;

/** The most that a node falls behind when it is aimed at a landing, slots. */
const DEEPEST_LAG = 200;

/** How long a node stays so once it has been struck, ms. */
const MOODS = {
  "endpoint forgets recent statuses": [20_000, 150_000],
  "endpoint refuses history search": [5_000, 40_000],
} as const satisfies Partial<Record<FaultKind, readonly [number, number]>>;

const statusParams = z.tuple([
  z.array(z.string()),
  z.object({ searchTransactionHistory: z.boolean().optional() }),
]);

/** What one node says to one request, as JSON-RPC would carry it: every integer a bigint. */
export type Answer = {
  readonly result: unknown;
  /** It keeps part of the truth from whoever asked. */
  readonly troubled: boolean;
  /** How long the answer is on its way, ms. */
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

  /** Whether its records reach back to this slot. */
  remembers(slot: bigint): boolean {
    return BigInt(this.#firstAvailableSlot) <= slot;
  }

  /** Null: it refuses to answer. */
  answer(method: string, params: readonly unknown[]): Answer | null {
    const slotsAgo = this.#lag();
    if (method === "getSignatureStatuses") return this.#statuses(statusParams.parse(params), slotsAgo);
    return {
      result: this.#read(method, params, this.#cluster.view(slotsAgo)),
      troubled: slotsAgo > 0,
      delayMs: 0,
    };
  }

  /** The view's age in slots: nodes behind a balancer differ from call to call, and some stand still for a while. */
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
    // A node may have deleted its old blocks, and it says so only on request. Deleted blocks never come back: an endpoint that
    // answers `null` and then claims to have had these blocks would lie, and only the endpoints of `#mayLie` do.
    if (searches && this.#faults.strikes("endpoint lost its history")) {
      const kept = this.#faults.shape("endpoint lost its history").between(20, 300);
      this.#firstAvailableSlot = Math.max(this.#firstAvailableSlot, view.tip.slot - kept);
    }
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

  #statusOf(signature: Signature, view: View, cacheSlots: number, searches: boolean) {
    const block = this.#cluster.find(signature, view);
    if (block === undefined) return null;
    const isRecent = view.tip.slot - block.slot < cacheSlots;
    const isKept = block.height <= view.finalizedHeight && block.slot >= this.#firstAvailableSlot;
    return isRecent || (searches && isKept) ? describeStatus(block, signature, view) : null;
  }

  /** The meanest lag: the view is from just before the newest of these landed. */
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
