/**
 * Simulates a cluster for the localnet: slots that advance, a queue of transactions that run at slot boundaries, and
 * the rules that decide what lands.
 *
 * - Every slot has a block (unless `skipEvery` skips it), and every block has a fresh blockhash and the next block
 *   height.
 * - A transaction lands at most once, in block L + 1 at the latest (see {@link MAX_PROCESSING_AGE}). It is silently
 *   dropped if its blockhash is expired or unknown, if a signature is invalid, or if its payer cannot pay the fee.
 * - Transactions run in the order of their arrival.
 * - Account reads and simulations use the newest bank, at every requested commitment; all other methods obey the commitment.
 */
import { existsSync } from "node:fs";
import { type Address, type Lamports, lamports, type ReadonlyUint8Array, type Signature } from "@solana/kit";
import type { Consensus } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { Bank, type BankAccount, type Outcome, refused } from "./bank.ts";
import { type ExecutedTransaction, executeTransaction } from "./execution.ts";
import { FAUCET_LAMPORTS, Faucet } from "./faucet.ts";
import { featureAccount, isActive, VERSION_ONE } from "./features.ts";
import { type Block, type Commitment, Ledger } from "./ledger.ts";
import { MACHINES, type Machine } from "./machines.ts";
import { SYSTEM_PROGRAM } from "./programs.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import { UndoLog } from "./undo.ts";
import { decodeWire, type WireTransaction } from "./wire.ts";

/** Missing options of the machine are those of today's Solana. */
export type ClusterOptions = Partial<Machine> & {
  /** The number of slots for which `getSignatureStatuses` finds a signature without searching history. Default 150. */
  readonly statusCacheSlots?: number;
  /** Program binaries to load. */
  readonly programs?: readonly { readonly address: Address; readonly path: string }[];
  /** Whether simulations return the effect on every account, as nodes do since 2026. Default true. */
  readonly simulatesEffects?: boolean;
  /**
   * Whether a block may include a transaction whose payer cannot pay. Such a transaction does not run and pays
   * nothing (SIMD-0290). Default false.
   */
  readonly includesUnpaid?: boolean;
  /** Stores what `fork()` needs. Default false, because it costs a few more account reads per transaction. */
  readonly forkable?: boolean;
  /** The snapshot file: the cluster starts from it if it exists, and saves to it at `stop()`. */
  readonly snapshot?: string;
};

export type Simulation = Outcome & { readonly accounts: readonly BankAccount[] };

export type BlockEvent = {
  readonly block: Block;
  readonly transactions: readonly ExecutedTransaction[];
  /** Accounts that may have changed. */
  readonly touched: ReadonlySet<Address>;
};

/** Agave keeps this many entries in the SlotHashes sysvar. */
const SLOT_HASHES = 512;

const unixSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1000));

export class Cluster {
  readonly ledger: Ledger;
  readonly statusCacheSlots: bigint;
  readonly simulatesEffects: boolean;
  readonly consensus: Consensus;
  readonly #skipEvery: bigint;
  #skipped = 0n;
  readonly #bank: Bank;
  readonly #faucet: Faucet;
  readonly #slotMs: number;
  readonly #includesUnpaid: boolean;
  readonly #snapshot: string | undefined;
  readonly #queue = new Map<Signature, WireTransaction>();
  readonly #listeners = new Set<(event: BlockEvent) => void>();
  readonly #undo: UndoLog | null;
  #touched = new Set<Address>();
  #airdrops: number;
  #timer: NodeJS.Timeout | undefined;

  /** @throws `CTO_E_LOCALNET_FAILED` if a program or the snapshot cannot be read. */
  constructor(options: ClusterOptions = {}) {
    const machine: Machine = { ...MACHINES.today, ...options };
    this.#slotMs = machine.slotMs;
    this.#undo = options.forkable ? new UndoLog() : null;
    this.#includesUnpaid = options.includesUnpaid ?? false;
    this.#snapshot = options.snapshot;
    this.simulatesEffects = options.simulatesEffects ?? true;
    this.consensus = machine.consensus;
    this.#skipEvery = BigInt(machine.skipEvery);
    this.statusCacheSlots = BigInt(options.statusCacheSlots ?? 150);
    const restored =
      options.snapshot && existsSync(options.snapshot) ? readSnapshot(options.snapshot) : undefined;
    this.#bank = restored ? Bank.restore(restored.bank) : Bank.create();
    const depths = {
      processed: 0,
      confirmed: machine.confirmedDepth,
      finalized: machine.finalizedDepth,
    };
    this.ledger = new Ledger(depths, unixSeconds(), restored?.ledger);
    this.#airdrops = restored?.airdrops ?? 0;
    this.#faucet = new Faucet(this.ledger.genesisHash);
    if (!restored) this.setRent(machine.lamportsPerByte);
    if (!restored) this.setBalance(this.#faucet.address, lamports(FAUCET_LAMPORTS));
    for (const program of options.programs ?? []) this.#loadProgram(program);
    this.setAccount(featureAccount(VERSION_ONE, machine.versionOne ? 0n : null));
    this.#enterSlot(this.head("processed").slot, unixSeconds());
  }

  #loadProgram({ address, path }: { address: Address; path: string }): void {
    try {
      this.#bank.loadProgram(address, path);
    } catch (error) {
      const reason = `program ${address} cannot be loaded from ${path}`;
      throw new CTOError("CTO_E_LOCALNET_FAILED", { reason }, { cause: error });
    }
  }

  /** Starts the slots, at the interval of `slotMs`. */
  start(): this {
    if (this.#slotMs > 0) this.#timer ??= setInterval(() => this.tick(), this.#slotMs);
    return this;
  }

  /** Stops the slots, and saves if there is a snapshot file. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#snapshot !== undefined) this.saveSnapshot(this.#snapshot);
  }

  /**
   * Writes the state to a file, without the transactions that are queued and have not run.
   * @throws `CTO_E_LOCALNET_FAILED`
   */
  saveSnapshot(file: string): void {
    writeSnapshot(file, {
      bank: this.#bank.toBytes(),
      ledger: this.ledger.state(),
      airdrops: this.#airdrops,
    });
  }

  /** Makes the next `count` blocks (default one), and returns the last one. */
  tick(count = 1): Block {
    let block = this.#makeBlock();
    for (let made = 1; made < count; made++) block = this.#makeBlock();
    return block;
  }

  #makeBlock(): Block {
    const slot = this.#nextSlot();
    const time = unixSeconds();
    this.#enterSlot(slot, time);
    const queued = [...this.#queue.values()];
    this.#queue.clear();
    const transactions: ExecutedTransaction[] = [];
    for (const decoded of queued) {
      if (!this.ledger.isBlockhashValidForNext(decoded.blockhash)) continue;
      if (this.ledger.transaction(decoded.signature) !== null || !this.takes(decoded)) continue;
      this.#undo?.note(this.#bank, this.head("processed").height + 1n, this.#writable(decoded));
      const executed = executeTransaction(this.#bank, decoded, { slot, time }, this.#includesUnpaid);
      if (executed !== null) transactions.push(executed);
    }
    const block = this.ledger.append(slot, time, transactions);
    this.#undo?.forget(this.head("finalized").height);
    const touched = new Set([...this.#touched, ...transactions.flatMap(({ writable }) => writable)]);
    this.#touched = new Set();
    for (const listener of this.#listeners) listener({ block, transactions, touched });
    return block;
  }

  /** Leaves this many slots in a row without a block, before the next block. */
  skip(count: number): void {
    this.#skipped += BigInt(count);
  }

  #nextSlot(): bigint {
    const next = this.head("processed").slot + 1n + this.#skipped;
    this.#skipped = 0n;
    return this.#skipEvery > 0n && next % this.#skipEvery === 0n ? next + 1n : next;
  }

  #writable(decoded: WireTransaction): Address[] {
    const { writable } = this.#bank.loadedAddresses(decoded);
    return [...decoded.staticKeys, ...writable];
  }

  /**
   * Makes all blocks that are not final again, in the same slots.
   *
   * A transaction that `keeps` refuses is in none of the new blocks, and is not queued. It lands again only if
   * someone sends it again in time. The same is true for a transaction whose blockhash belonged to a block that has
   * been replaced. Accounts that were set without a transaction do not change.
   *
   * @returns the transactions that were dropped
   * @throws `CTO_E_INTERNAL` if the cluster is not `forkable`
   */
  fork(keeps: (transaction: ExecutedTransaction) => boolean): ExecutedTransaction[] {
    if (this.#undo === null) throw new CTOError("CTO_E_INTERNAL", { reason: "the cluster is not forkable" });
    const { height: top } = this.head("processed");
    const { height: base } = this.head("finalized");
    const landed = this.ledger.takeBack(base);
    this.#undo.takeBack(this.#bank, base);
    const waiting = [...this.#queue];
    while (this.head("processed").height < top) {
      const slot = this.#nextSlot();
      this.#queue.clear();
      for (const transaction of landed) {
        if (transaction.slot === slot && keeps(transaction)) this.submit(transaction.wire);
      }
      this.#makeBlock();
    }
    for (const [signature, decoded] of waiting) this.#queue.set(signature, decoded);
    return landed.filter(({ signature }) => this.ledger.transaction(signature) === null);
  }

  /**
   * Changes the rent, in lamports per byte, for all accounts opened from now on. Existing accounts keep their
   * balances.
   */
  setRent(lamportsPerByte: bigint): void {
    this.#bank.setRent(lamportsPerByte);
  }

  #enterSlot(slot: bigint, time: bigint): void {
    const parents = this.ledger.recentBlocks(SLOT_HASHES).filter((block) => block.slot < slot);
    this.#bank.enterSlot(
      slot,
      time,
      parents.map((block) => ({ slot: block.slot, hash: block.blockhash })),
    );
  }

  /** Calls the listener after every block, synchronously. Returns a function that stops it. */
  onBlock(listener: (event: BlockEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The newest block at a commitment. */
  head(commitment: Commitment): Block {
    return this.ledger.head(commitment);
  }

  /** Returns whether the cluster supports the transaction's version. */
  takes({ version }: Pick<WireTransaction, "version">): boolean {
    return version !== 1 || isActive(this.account(VERSION_ONE));
  }

  /** Queues a transaction for the next block, without any check. The same signature is queued only once. */
  submit(wire: ReadonlyUint8Array | WireTransaction): Signature {
    const decoded = "signature" in wire ? wire : decodeWire(wire);
    this.#queue.set(decoded.signature, decoded);
    return decoded.signature;
  }

  /**
   * Runs a transaction on the newest bank and discards its changes. `at` determines which blockhashes are known and
   * valid.
   */
  simulate(
    decoded: WireTransaction,
    options: { readonly verifySignatures: boolean; readonly checkBlockhash: boolean; readonly at: Block },
  ): Simulation {
    const { verifySignatures, checkBlockhash, at } = options;
    const nowhere = (err: string): Simulation => ({ ...refused(err), accounts: [] });
    if (checkBlockhash && !this.ledger.isBlockhashValidAt(decoded.blockhash, at))
      return nowhere("BlockhashNotFound");
    const landed = this.ledger.transaction(decoded.signature);
    if (checkBlockhash && landed !== null && landed.slot <= at.slot) return nowhere("AlreadyProcessed");
    return this.#bank.simulate(decoded, verifySignatures);
  }

  /** Queues a transfer from the faucet and returns its signature. */
  requestAirdrop(to: Address, amount: Lamports): Signature {
    this.#airdrops += 1;
    return this.submit(this.#faucet.pay(to, amount, this.#airdrops, this.head("processed").blockhash));
  }

  /**
   * Requests an airdrop and waits until it has landed. With `slotMs: 0`, it makes the block itself.
   *
   * @throws `CTO_E_INTERNAL` if the airdrop failed: the faucet is empty, or the amount is below the rent-exempt
   * minimum.
   */
  async airdrop(to: Address, amount: Lamports): Promise<Signature> {
    const signature = this.requestAirdrop(to, amount);
    if (this.#slotMs === 0) this.tick();
    else await this.#nextBlock();
    const landed = this.ledger.transaction(signature);
    if (landed?.err !== null)
      throw new CTOError("CTO_E_INTERNAL", { reason: `an airdrop of ${amount} lamports failed` });
    return signature;
  }

  #nextBlock(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.onBlock(() => {
        stop();
        resolve();
      });
    });
  }

  /** Everything that has landed, oldest first, with wire bytes, error and slot. */
  history(): readonly ExecutedTransaction[] {
    return this.ledger.transactions();
  }

  account(address: Address): BankAccount | null {
    return this.#bank.account(address);
  }

  programAccounts(owner: Address): BankAccount[] {
    return this.#bank.programAccounts(owner);
  }

  /** Writes an account without a transaction. For setting up tests and the desk. */
  setAccount(account: BankAccount): void {
    this.#bank.putAccount(account);
    this.#touched.add(account.address);
  }

  /** Makes the address a plain system account with these lamports, without a transaction. */
  setBalance(address: Address, amount: Lamports): void {
    this.setAccount({
      address,
      lamports: amount,
      owner: SYSTEM_PROGRAM,
      data: new Uint8Array(0),
      executable: false,
    });
  }

  /** The lamports that an account of `size` bytes must hold. */
  rentExemption(size: bigint): bigint {
    return this.#bank.rentExemption(size);
  }

  /** The addresses that a transaction loads from lookup tables, writable and read-only. */
  loadedAddresses(decoded: WireTransaction) {
    return this.#bank.loadedAddresses(decoded);
  }
}
