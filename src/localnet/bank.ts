/**
 * Runs the localnet's transactions: wraps LiteSVM, and manages its clock and its accounts. It runs one transaction at
 * a time.
 */
import {
  type Address,
  getBase58Decoder,
  type Lamports,
  lamports,
  type ReadonlyUint8Array,
} from "@solana/kit";
import {
  Clock,
  FailedTransactionMetadata,
  LiteSVM,
  Rent,
  type SimulatedTransactionInfo,
  type TransactionMetadata,
} from "litesvm";
import { loadedAccountsDataSize } from "./loaded-size.ts";
import { SYSVAR_OWNER } from "./programs.ts";
import { type TransactionErrorJson, toTransactionError } from "./transaction-error.ts";
import { isStaticWritable, type WireTransaction } from "./wire.ts";

/** Slots per epoch, as on mainnet. */
export const SLOTS_PER_EPOCH = 432_000n;
/** A lookup table's addresses begin after its 56 bytes of metadata. */
const LOOKUP_TABLE_META_SIZE = 56;
const ADDRESS_SIZE = 32;

export type BankAccount = {
  readonly address: Address;
  readonly lamports: Lamports;
  readonly owner: Address;
  readonly data: ReadonlyUint8Array;
  readonly executable: boolean;
};

export type InnerInstruction = {
  readonly programIndex: number;
  readonly accountIndices: readonly number[];
  readonly data: Uint8Array;
  readonly stackHeight: number;
};

export type Outcome = {
  readonly err: TransactionErrorJson | null;
  readonly logs: readonly string[];
  readonly unitsConsumed: bigint;
  /** One list per top-level instruction. */
  readonly inner: readonly (readonly InnerInstruction[])[];
  readonly returnData: { readonly programId: Address; readonly data: Uint8Array } | null;
};

export type LoadedAddresses = {
  readonly writable: readonly Address[];
  readonly readonly: readonly Address[];
};

const base58Address = (bytes: Uint8Array): Address => getBase58Decoder().decode(bytes) as Address;

const outcomeOf = (meta: TransactionMetadata, err: TransactionErrorJson | null): Outcome => {
  const returned = meta.returnData();
  return {
    err,
    logs: meta.logs(),
    unitsConsumed: meta.computeUnitsConsumed(),
    inner: meta.innerInstructions().map((list) =>
      list.map((inner) => ({
        programIndex: inner.instruction().programIdIndex(),
        accountIndices: [...inner.instruction().accounts()],
        data: new Uint8Array(inner.instruction().data()),
        stackHeight: inner.stackHeight(),
      })),
    ),
    returnData:
      returned.data().length === 0
        ? null
        : { programId: base58Address(returned.programId()), data: new Uint8Array(returned.data()) },
  };
};

/** The outcome of a transaction that was refused before it ran. */
export const refused = (err: TransactionErrorJson): Outcome => ({
  err,
  logs: [],
  unitsConsumed: 0n,
  inner: [],
  returnData: null,
});

/** The most accounts whose copies are kept. */
const KEPT = 20_000;

export class Bank {
  readonly #svm: LiteSVM;
  /** What was read and not written since. LiteSVM copies an account on each read, and programs are large. */
  readonly #known = new Map<Address, BankAccount | null>();

  private constructor(svm: LiteSVM) {
    // The cluster keeps the blockhash window and checks for duplicates itself, because LiteSVM has no blocks.
    this.#svm = svm
      .withBlockhashCheck(false)
      .withTransactionHistory(0n)
      .withSigverify(true)
      .withLogBytesLimit(10_000n);
  }

  static create(): Bank {
    return new Bank(new LiteSVM().withNativeMints());
  }

  /** Creates a bank from the bytes of {@link toBytes}. */
  static restore(bytes: Uint8Array): Bank {
    return new Bank(LiteSVM.fromBytes(bytes));
  }

  toBytes(): Uint8Array {
    return this.#svm.toBytes();
  }

  loadProgram(address: Address, path: string): void {
    this.#svm.addProgramFromFile(address, path);
  }

  /** Sets the sysvars that change with every slot. `time` is in unix seconds; hashes are newest first. */
  enterSlot(slot: bigint, time: bigint, slotHashes: { slot: bigint; hash: string }[]): void {
    const epoch = slot / SLOTS_PER_EPOCH;
    this.#svm.expireBlockhash();
    this.#svm.setClock(new Clock(slot, 0n, epoch, epoch + 1n, time));
    if (slotHashes.length > 0) this.#svm.setSlotHashes(slotHashes);
  }

  /** Also returns null for an account without lamports, because it would not exist on a cluster. */
  account(address: Address): BankAccount | null {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const account = this.#read(address);
    // LiteSVM itself writes the sysvars.
    if (account?.owner === SYSVAR_OWNER) return account;
    if (this.#known.size >= KEPT) this.#known.clear();
    this.#known.set(address, account);
    return account;
  }

  #read(address: Address): BankAccount | null {
    const found = this.#svm.getAccount(address);
    if (!found.exists || found.lamports === 0n) return null;
    const { lamports, programAddress: owner, data, executable } = found;
    return { address, lamports, owner, data, executable };
  }

  programAccounts(owner: Address): BankAccount[] {
    return this.#svm
      .getProgramAccounts(owner)
      .filter((account) => account.lamports > 0n)
      .map(({ address, lamports, data, executable }) => ({ address, lamports, owner, data, executable }));
  }

  putAccount(account: BankAccount): void {
    this.#known.delete(account.address);
    this.#svm.setAccount({
      address: account.address,
      lamports: lamports(account.lamports),
      programAddress: account.owner,
      data: new Uint8Array(account.data),
      executable: account.executable,
      space: BigInt(account.data.length),
    });
  }

  /** Lamports per byte, as in the sysvar since SIMD-0194. */
  setRent(lamportsPerByte: bigint): void {
    this.#svm.setRent(new Rent(lamportsPerByte, 1, 50));
  }

  /** The lamports that an account of this size (bytes) must hold. */
  rentExemption(size: bigint): bigint {
    return this.#svm.minimumBalanceForRentExemption(size);
  }

  /** The addresses that the transaction loads from lookup tables; none for a table that cannot be read. */
  loadedAddresses({ lookups }: WireTransaction): LoadedAddresses {
    const pick = (table: Address, indexes: readonly number[]): Address[] => {
      const data = this.account(table)?.data ?? new Uint8Array(0);
      return indexes.flatMap((index) => {
        const at = LOOKUP_TABLE_META_SIZE + index * ADDRESS_SIZE;
        const bytes = data.slice(at, at + ADDRESS_SIZE);
        return bytes.length === ADDRESS_SIZE ? [base58Address(bytes)] : [];
      });
    };
    return {
      writable: lookups.flatMap(({ table, writable }) => pick(table, writable)),
      readonly: lookups.flatMap(({ table, readonly }) => pick(table, readonly)),
    };
  }

  /** The keys that the transaction may write to. */
  writableKeys(decoded: WireTransaction, loaded = this.loadedAddresses(decoded)): Address[] {
    const { header, staticKeys } = decoded;
    const own = staticKeys.filter((_, index) => isStaticWritable(header, staticKeys.length, index));
    return [...own, ...loaded.writable];
  }

  /** Runs a transaction and keeps its changes. */
  execute(decoded: WireTransaction): Outcome {
    if (!decoded.fullySigned) return refused("SignatureFailure");
    if (this.#loadsTooMuch(decoded)) return refused("MaxLoadedAccountsDataSizeExceeded");
    for (const key of this.writableKeys(decoded)) this.#known.delete(key);
    const result = this.#svm.sendTransaction(decoded.transaction);
    return result instanceof FailedTransactionMetadata
      ? outcomeOf(result.meta(), toTransactionError(result.err()))
      : outcomeOf(result, null);
  }

  /** Runs a transaction and discards its changes; `accounts` contains what it would have written. */
  simulate(
    decoded: WireTransaction,
    verifySignatures: boolean,
  ): Outcome & { accounts: readonly BankAccount[] } {
    const nothing = (err: string) => ({ ...refused(err), accounts: [] });
    if (verifySignatures && !decoded.fullySigned) return nothing("SignatureFailure");
    if (this.#loadsTooMuch(decoded)) return nothing("MaxLoadedAccountsDataSizeExceeded");
    const result = this.#simulateWith(decoded.transaction, verifySignatures);
    if (result instanceof FailedTransactionMetadata) {
      return { ...outcomeOf(result.meta(), toTransactionError(result.err())), accounts: [] };
    }
    const accounts = result.postAccounts().map(({ address, lamports, programAddress, data, executable }) => ({
      address,
      lamports,
      owner: programAddress,
      data,
      executable,
    }));
    return { ...outcomeOf(result.meta(), null), accounts };
  }

  /** LiteSVM does not count the programs' data in this limit, but agave does. */
  #loadsTooMuch({ config, staticKeys }: WireTransaction): boolean {
    if (config === null) return false;
    const size = loadedAccountsDataSize((key) => this.account(key), staticKeys);
    return size > (config.loadedAccountsDataSizeLimit ?? 0);
  }

  #simulateWith(
    transaction: WireTransaction["transaction"],
    verifySignatures: boolean,
  ): FailedTransactionMetadata | SimulatedTransactionInfo {
    this.#svm.withSigverify(verifySignatures);
    try {
      return this.#svm.simulateTransaction(transaction);
    } finally {
      this.#svm.withSigverify(true);
    }
  }
}
