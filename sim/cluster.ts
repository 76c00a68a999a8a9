/**
 * Simulates a cluster: a tree of blocks with one current tip, blockhashes that are valid as long as on Solana, and forks
 * that replace blocks before they are finalized. This file does not depend on the engine's logic.
 */
import { getBase58Decoder } from "@solana/kit";
import type { AccountChange, Address, Signature, TokenChange } from "../src/engine/ports.ts";
import { MACHINES, type Machine } from "../src/localnet/machines.ts";
import type { Faults } from "./faults.ts";
import { execute, type Ledger } from "./ledger.ts";
import { createPool, type Pool, type Taken } from "./pool.ts";
import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";
import type { SimTransaction } from "./transaction.ts";

const base58 = getBase58Decoder();

/** A blockhash is returned with L = its block's height + this. Inclusion is possible up to L + 1. */
export const BLOCKHASH_LIFE = 150;

/** The properties of the machine. Even seeds run on today's Solana, odd seeds on the older Tower cluster. */
export type SimMachine = Pick<Machine, "slotMs" | "finalizedDepth" | "lamportsPerByte" | "consensus">;
export const machineOf = (seed: number): SimMachine => MACHINES[seed % 2 === 0 ? "today" : "tower"];

/** The range in which the rent may change (SIMD-0437, SIMD-0438), lamports per byte. */
const LOWEST_RENT = 696;
const HIGHEST_RENT = 6_960;

export type Landing = {
  readonly transaction: SimTransaction;
  readonly failed: boolean;
  /** The transaction failed because it would leave a wallet below the rent-exempt minimum. */
  readonly isShortOfRent: boolean;
  /** The block includes the transaction but did not execute it. It cost nothing (SIMD-0290). */
  readonly isUnrun: boolean;
  readonly changes: readonly AccountChange[];
  readonly received: readonly TokenChange[];
};

export type Block = {
  readonly slot: number;
  readonly height: number;
  readonly parent: Block | null;
  readonly blockhash: string;
  readonly landings: readonly Landing[];
  /** All balances after this block. */
  readonly ledger: Ledger;
};

/** The state that an up-to-date node had at one moment. */
export type View = { readonly tip: Block; readonly finalizedHeight: number };

/** A cache of blockhashes: Base58 encoding is slow, and every seed uses the same blockhashes. */
const blockhashes: string[] = [];

/** Returns a valid blockhash that encodes this number. */
const blockhashOf = (number: number): string => {
  const known = blockhashes[number];
  if (known !== undefined) return known;
  const bytes = Buffer.alloc(32, 7);
  bytes.writeUInt32BE(number, 28);
  const made = base58.decode(bytes);
  blockhashes[number] = made;
  return made;
};

/**
 * Executes the transactions in order. If `execute` returns null (the payer cannot pay the fee), the block omits the
 * transaction.
 */
function landAll(before: Ledger, taken: readonly Taken[]): Pick<Block, "landings" | "ledger"> {
  const landings: Landing[] = [];
  let ledger = before;
  for (const { transaction, fate } of taken) {
    const executed = execute(ledger, transaction, fate === "doomed");
    if (executed === null) continue;
    if (fate === "unrun") {
      landings.push({
        transaction,
        failed: true,
        isShortOfRent: false,
        isUnrun: true,
        changes: [],
        received: [],
      });
      continue;
    }
    const { ledger: after, ...outcome } = executed;
    landings.push({ transaction, isUnrun: false, ...outcome });
    ledger = after;
  }
  return { landings, ledger };
}

/** Called for every block on every fork. The oracle uses this callback. */
export type OnBlock = (block: Block) => void;

export class Cluster {
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #trace: Trace;
  readonly #onBlock: OnBlock;
  readonly #pool: Pool;
  /** The blocks of the current fork, by height. */
  readonly #chain: Block[] = [];
  /** The view after each slot. */
  readonly #history: View[] = [];
  readonly #blocks = new Map<string, Block>();
  /** All blocks that include a signature, on any fork. */
  readonly #landings = new Map<Signature, Block[]>();
  readonly #skipRate: number;
  readonly #initial: Ledger;
  /** The height from which the next slot replaces blocks, if `forkFor` requested a fork. */
  #asked: number | null = null;
  /**
   * A fork at a transaction's expiry happens when the last block that can include it is at most this many blocks from
   * finality.
   */
  readonly #spiteMargin: number;
  readonly machine: SimMachine;
  /** The rent rates so far, each with its first slot. A replaced block uses the rent of its own slot. */
  readonly #rents: { readonly from: number; readonly lamportsPerByte: bigint }[];
  /** The first slot in which transactions of version 1 can land. */
  #versionOneFrom = Number.POSITIVE_INFINITY;
  /** No slot before this one has a block. */
  #skipUntil = 0;
  #made = 0;
  #slot = 0;
  #forks = 0;

  constructor(
    machine: SimMachine,
    random: Random,
    faults: Faults,
    trace: Trace,
    initial: Pick<Ledger, "lamports" | "tokens">,
    onBlock: OnBlock,
  ) {
    const { lamportsPerByte } = machine;
    this.machine = machine;
    this.#rents = [{ from: 0, lamportsPerByte }];
    this.#initial = { ...initial, lamportsPerByte, versionOne: false };
    this.#random = random;
    this.#faults = faults;
    this.#trace = trace;
    this.#onBlock = onBlock;
    this.#pool = createPool(random, faults);
    this.#skipRate = random.pick([0, 0.05, 0.2]);
    this.#spiteMargin = random.pick([2, 8, machine.finalizedDepth]);
    // The cluster starts with 200 blocks, so that everything about the first transactions can become final.
    for (; this.#slot < 200; this.#slot += 1) this.#append([]);
    this.#remember();
  }

  get forks(): number {
    return this.#forks;
  }

  /** Returns the view of `slotsAgo` slots ago. */
  view(slotsAgo: number): View {
    const view = this.#history[Math.max(0, this.#history.length - 1 - slotsAgo)];
    if (view === undefined) throw new Error("the cluster has no view yet");
    return view;
  }

  /**
   * Adds a transaction to the leaders' queue. A second call for the same signature may only give a dropped transaction
   * another chance.
   */
  submit(transaction: SimTransaction): void {
    this.#pool.add(transaction);
  }

  blockOf(blockhash: string): Block | undefined {
    return this.#blocks.get(blockhash);
  }

  /** Returns the block that includes the signature on the fork of this view, if there is one. */
  find(signature: Signature, { tip }: View): Block | undefined {
    return this.#landings.get(signature)?.find((block) => this.isAncestor(block, tip));
  }

  /**
   * Returns the height of the last block that could include this transaction, while a fork may still replace that block.
   * Returns null if that block does not exist yet, or if it is finalized.
   */
  lastOpenHeight({ blockhash }: SimTransaction): number | null {
    const origin = this.#blocks.get(blockhash);
    if (origin === undefined || this.#chain[origin.height] !== origin) return null;
    const last = origin.height + BLOCKHASH_LIFE + 1;
    return last > this.view(0).finalizedHeight && last <= this.#tip.height ? last : null;
  }

  /** Returns the transaction that was sent with this signature, if the pool still has it. */
  sent(signature: Signature): SimTransaction | undefined {
    return this.#pool.get(signature);
  }

  /** Returns the transactions of this payer that were sent and may still land. */
  waitingOf(payer: Address): Signature[] {
    return [...this.#pool.held()]
      .filter(({ feePayer }) => feePayer === payer)
      .map(({ signature }) => signature);
  }

  /** Returns the finalized landings of this payer in a view, newest first, back to a slot. */
  finalOf(payer: Address, view: View, since: bigint): { readonly slot: number; readonly landing: Landing }[] {
    const found: { slot: number; landing: Landing }[] = [];
    for (let height = view.finalizedHeight; height > 0; height -= 1) {
      const { slot, landings } = this.blockAt(view, height);
      if (BigInt(slot) < since) break;
      for (const landing of landings)
        if (landing.transaction.feePayer === payer) found.push({ slot, landing });
    }
    return found;
  }

  /**
   * Makes the next slot replace the blocks from this height on. The first of them that can include this transaction
   * includes it.
   */
  forkFor(signature: Signature, height: number): void {
    this.#pool.free(signature);
    this.#asked = height;
  }

  isAncestor(block: Block, tip: Block): boolean {
    let at: Block | null = tip;
    while (at !== null && at.height >= block.height) {
      if (at === block) return true;
      if (this.#chain[at.height] === at) return this.#chain[block.height] === block;
      at = at.parent;
    }
    return false;
  }

  /** Returns the block of this height on the fork of this view. */
  blockAt({ tip }: View, height: number): Block {
    let at: Block = tip;
    while (at.height > height && this.#chain[at.height] !== at && at.parent !== null) at = at.parent;
    return at.height <= height ? at : (this.#chain[height] ?? at);
  }

  /** Simulates one slot. */
  tick(): void {
    this.#slot += 1;
    if (this.#faults.strikes("rent moves")) this.#moveRent();
    if (this.#faults.strikes("version 1 activates")) this.#activateVersionOne();
    if (this.#faults.strikes("slots skipped in a row"))
      this.#skipUntil = this.#slot + this.#faults.shape("slots skipped in a row").between(2, 40);
    if (!this.#maybeFork() && !this.#random.chance(this.#skipRate) && this.#slot >= this.#skipUntil)
      this.#append(this.#take(this.#tip.height + 1));
    this.#remember();
  }

  #moveRent(): void {
    const lamportsPerByte = BigInt(this.#faults.shape("rent moves").between(LOWEST_RENT, HIGHEST_RENT));
    this.#rents.push({ from: this.#slot, lamportsPerByte });
    this.#trace.note("chain", `rent is ${lamportsPerByte} lamports per byte`);
  }

  #activateVersionOne(): void {
    if (this.#versionOneFrom <= this.#slot) return;
    this.#versionOneFrom = this.#slot;
    this.#trace.note("chain", "takes transactions of version 1");
  }

  /** Lands every transaction that can still land, as if all transactions were sent again. */
  storm(): void {
    this.#pool.rush();
    for (let slot = 0; slot < BLOCKHASH_LIFE + this.machine.finalizedDepth + 4; slot += 1) this.tick();
  }

  get #tip(): Block {
    const tip = this.#chain.at(-1);
    if (tip === undefined) throw new Error("the cluster has no block yet");
    return tip;
  }

  #append(taken: readonly Taken[], slot = this.#slot): void {
    this.#made += 1;
    const parent = this.#chain.at(-1) ?? null;
    const rent = this.#rents.findLast(({ from }) => from <= slot) ?? this.machine;
    const { lamportsPerByte } = rent;
    const versionOne = slot >= this.#versionOneFrom;
    const before = { ...(parent?.ledger ?? this.#initial), lamportsPerByte, versionOne };
    const { landings, ledger } = landAll(before, taken);
    const height = parent === null ? 0 : parent.height + 1;
    const block: Block = { slot, height, parent, blockhash: blockhashOf(this.#made), landings, ledger };
    this.#chain.push(block);
    this.#blocks.set(block.blockhash, block);
    for (const { transaction, failed } of landings) {
      const known = this.#landings.get(transaction.signature) ?? [];
      this.#landings.set(transaction.signature, [...known, block]);
      const how = failed ? "fails" : "lands";
      this.#trace.note(
        "chain",
        `${transaction.signature.slice(0, 8)} ${how} at height ${height}, slot ${slot}`,
      );
    }
    this.#onBlock(block);
  }

  /** Takes the transactions for a block of this height: each once per fork, while its blockhash is valid. */
  #take(height: number): Taken[] {
    const tip = { tip: this.#tip, finalizedHeight: 0 };
    return this.#pool.take(height, (transaction) => {
      const origin = this.#blocks.get(transaction.blockhash);
      if (origin === undefined || this.#chain[origin.height] !== origin) return null;
      if (this.find(transaction.signature, tip) !== undefined) return null;
      const lastHeight = origin.height + BLOCKHASH_LIFE + 1;
      return height <= lastHeight ? lastHeight : null;
    });
  }

  #remember(): void {
    const before = this.#history.at(-1)?.finalizedHeight ?? 0;
    const finalizedHeight = Math.max(before, this.#tip.height - this.machine.finalizedDepth);
    this.#history.push({ tip: this.#tip, finalizedHeight });
    this.#pool.forget((transaction) => {
      const origin = this.#blocks.get(transaction.blockhash);
      return origin === undefined || origin.height + BLOCKHASH_LIFE + 1 < finalizedHeight;
    });
  }

  #maybeFork(): boolean {
    const { finalizedHeight } = this.view(0);
    const asked = this.#asked;
    this.#asked = null;
    const height = asked ?? this.#spitefulHeight(finalizedHeight) ?? this.#forkHeight(finalizedHeight);
    if (height === null || height <= finalizedHeight || height > this.#tip.height) return false;
    this.#forks += 1;
    this.#trace.note("chain", `forks: heights ${height} to ${this.#tip.height} are replaced`);
    const dropped = this.#chain.splice(height);
    this.#pool.returned(dropped.flatMap(({ landings }) => landings.map(({ transaction }) => transaction)));
    for (const { slot, height: at } of dropped) this.#append(this.#take(at), slot);
    return true;
  }

  #forkHeight(finalizedHeight: number): number | null {
    if (!this.#faults.strikes("fork")) return null;
    const shape = this.#faults.shape("fork");
    const deepest = this.#tip.height - finalizedHeight;
    return this.#tip.height + 1 - shape.between(1, shape.chance(0.7) ? Math.min(5, deepest) : deepest);
  }

  /**
   * Returns the height of the worst possible fork: the last block that could include a waiting transaction does not include
   * it, and the fork replaces that block by one that includes it.
   */
  #spitefulHeight(finalizedHeight: number): number | null {
    for (const transaction of this.#pool.held()) {
      const last = this.lastOpenHeight(transaction);
      if (last === null || last > finalizedHeight + this.#spiteMargin || last >= this.#tip.height - 2)
        continue;
      if (this.find(transaction.signature, this.view(0)) !== undefined) continue;
      if (this.#faults.strikes("fork at the expiry")) {
        this.#pool.free(transaction.signature);
        return last;
      }
    }
    return null;
  }
}
