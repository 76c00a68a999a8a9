/**
 * Stores the chain: its blocks, their hashes, the transactions that landed in them, and the newest block at each
 * commitment.
 */
import { createHash, randomBytes } from "node:crypto";
import { type Address, type Blockhash, getBase58Decoder, type Signature } from "@solana/kit";
import type { ExecutedTransaction } from "./execution.ts";

/**
 * A bank accepts a transaction if `last_index - index <= 150` in agave's `BlockhashQueue`. The hash of block k enters
 * the queue with index k + 1. Block k's hash is therefore valid up to and including block k + 151, one block after
 * the `lastValidBlockHeight` (k + 150) that the RPC returns.
 */
export const MAX_PROCESSING_AGE = 150n;
/** The first slot. It is not zero, so that a client that confuses slots with block heights fails here. */
const FIRST_SLOT = 432_000n;

export const COMMITMENTS = ["processed", "confirmed", "finalized"] as const;
export type Commitment = (typeof COMMITMENTS)[number];

export type Block = {
  readonly slot: bigint;
  readonly height: bigint;
  readonly blockhash: Blockhash;
  readonly previousBlockhash: Blockhash;
  /** Unix seconds. */
  readonly time: bigint;
  readonly signatures: readonly Signature[];
};

export type LedgerState = {
  readonly genesisHash: Blockhash;
  readonly blocks: readonly Block[];
  readonly transactions: readonly ExecutedTransaction[];
};

/** How many blocks each commitment is behind the newest block. */
type Depths = Readonly<Record<Commitment, number>>;

const hash = (...parts: string[]): Blockhash =>
  getBase58Decoder().decode(createHash("sha256").update(parts.join("/")).digest()) as Blockhash;

const firstBlock = (genesisHash: Blockhash, time: bigint): Block => ({
  slot: FIRST_SLOT,
  height: 0n,
  blockhash: hash(genesisHash, FIRST_SLOT.toString()),
  previousBlockhash: genesisHash,
  time,
  signatures: [],
});

export class Ledger {
  readonly genesisHash: Blockhash;
  readonly #depths: Depths;
  readonly #blocks: [Block, ...Block[]];
  readonly #transactions = new Map<Signature, ExecutedTransaction>();
  readonly #byAddress = new Map<Address, ExecutedTransaction[]>();
  readonly #byBlockhash = new Map<Blockhash, Block>();
  readonly #bySlot = new Map<bigint, Block>();

  constructor(depths: Depths, time: bigint, state?: LedgerState) {
    this.#depths = depths;
    this.genesisHash = state?.genesisHash ?? (getBase58Decoder().decode(randomBytes(32)) as Blockhash);
    const [first = firstBlock(this.genesisHash, time), ...rest] = state?.blocks ?? [];
    this.#blocks = [first, ...rest];
    for (const block of this.#blocks) this.#index(block);
    for (const transaction of state?.transactions ?? []) this.#remember(transaction);
  }

  state(): LedgerState {
    return {
      genesisHash: this.genesisHash,
      blocks: this.#blocks,
      transactions: [...this.#transactions.values()],
    };
  }

  get first(): Block {
    return this.#blocks[0];
  }

  /** The newest block that has reached a commitment. */
  head(commitment: Commitment): Block {
    return this.#blocks[Math.max(0, this.#blocks.length - 1 - this.#depths[commitment])] ?? this.first;
  }

  /** The highest commitment that a slot has reached. */
  commitmentOf(slot: bigint): Commitment {
    if (slot <= this.head("finalized").slot) return "finalized";
    return slot <= this.head("confirmed").slot ? "confirmed" : "processed";
  }

  blockAt(slot: bigint): Block | null {
    return this.#bySlot.get(slot) ?? null;
  }

  /** The previous block; null for the first block. */
  parentOf({ height }: Block): Block | null {
    return this.#blocks[Number(height - this.first.height) - 1] ?? null;
  }

  /** The newest blocks, newest first. */
  recentBlocks(count: number): Block[] {
    return this.#blocks.slice(-count).reverse();
  }

  lastValidBlockHeight(block: Block): bigint {
    return block.height + MAX_PROCESSING_AGE;
  }

  /** Returns whether a bank at `head` accepts the blockhash, as in `isBlockhashValid` and preflight. */
  isBlockhashValidAt(blockhash: Blockhash, head: Block): boolean {
    const block = this.#byBlockhash.get(blockhash);
    return (
      block !== undefined && block.height <= head.height && head.height <= this.lastValidBlockHeight(block)
    );
  }

  /** Returns whether the next block may include a transaction with the blockhash: up to L + 1. */
  isBlockhashValidForNext(blockhash: Blockhash): boolean {
    return this.isBlockhashValidAt(blockhash, this.head("processed"));
  }

  transaction(signature: Signature): ExecutedTransaction | null {
    return this.#transactions.get(signature) ?? null;
  }

  transactionCount(): number {
    return this.#transactions.size;
  }

  /** All transactions that landed, oldest first. */
  transactions(): readonly ExecutedTransaction[] {
    return [...this.#transactions.values()];
  }

  /** The transactions of an address, oldest first. */
  transactionsOf(address: Address): readonly ExecutedTransaction[] {
    return this.#byAddress.get(address) ?? [];
  }

  /** Appends the next block, with the transactions that landed in it. */
  append(slot: bigint, time: bigint, landed: readonly ExecutedTransaction[]): Block {
    const previous = this.head("processed");
    const signatures = landed.map(({ signature }) => signature);
    const block: Block = {
      slot,
      height: previous.height + 1n,
      blockhash: hash(previous.blockhash, slot.toString(), ...signatures),
      previousBlockhash: previous.blockhash,
      time,
      signatures,
    };
    this.#blocks.push(block);
    this.#index(block);
    for (const transaction of landed) this.#remember(transaction);
    return block;
  }

  /** Removes the blocks above this height, and returns the transactions that had landed in them, oldest first. */
  takeBack(height: bigint): ExecutedTransaction[] {
    const dropped: ExecutedTransaction[] = [];
    while (this.head("processed").height > height && this.#blocks.length > 1) {
      const block = this.#blocks.pop();
      if (block === undefined) break;
      this.#byBlockhash.delete(block.blockhash);
      this.#bySlot.delete(block.slot);
      dropped.unshift(...block.signatures.flatMap((signature) => this.#forget(signature)));
    }
    return dropped;
  }

  #index(block: Block): void {
    this.#byBlockhash.set(block.blockhash, block);
    this.#bySlot.set(block.slot, block);
  }

  #forget(signature: Signature): ExecutedTransaction[] {
    const transaction = this.#transactions.get(signature);
    if (transaction === undefined) return [];
    this.#transactions.delete(signature);
    for (const account of new Set(transaction.accounts)) {
      const list = this.#byAddress.get(account) ?? [];
      this.#byAddress.set(
        account,
        list.filter((one) => one !== transaction),
      );
    }
    return [transaction];
  }

  #remember(transaction: ExecutedTransaction): void {
    this.#transactions.set(transaction.signature, transaction);
    for (const account of new Set(transaction.accounts)) {
      const list = this.#byAddress.get(account);
      if (list === undefined) this.#byAddress.set(account, [transaction]);
      else list.push(transaction);
    }
  }
}
