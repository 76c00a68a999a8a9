/** What accounts were before each transaction of the blocks that are not final yet: with it, a fork takes them back. */
import { type Address, lamports } from "@solana/kit";
import type { Bank, BankAccount } from "./bank.ts";
import { SYSTEM_PROGRAM } from "./programs.ts";

type Before = {
  readonly height: bigint;
  readonly accounts: readonly (readonly [Address, BankAccount | null])[];
};

/** An account that is not there. */
const gone = (address: Address): BankAccount => ({
  address,
  lamports: lamports(0n),
  owner: SYSTEM_PROGRAM,
  data: new Uint8Array(0),
  executable: false,
});

export class UndoLog {
  /** Oldest first. */
  #entries: Before[] = [];

  /** Told before a transaction runs in the block of this height. */
  note(bank: Bank, height: bigint, addresses: readonly Address[]): void {
    const accounts = addresses.map((address) => [address, bank.account(address)] as const);
    this.#entries.push({ height, accounts });
  }

  /** Nothing up to this height will be taken back. */
  forget(finalizedHeight: bigint): void {
    this.#entries = this.#entries.filter(({ height }) => height > finalizedHeight);
  }

  /** Takes back what ran above this height, the newest first. */
  takeBack(bank: Bank, height: bigint): void {
    for (const entry of this.#entries.filter((one) => one.height > height).reverse()) {
      for (const [address, account] of entry.accounts) bank.putAccount(account ?? gone(address));
    }
    this.#entries = this.#entries.filter((one) => one.height <= height);
  }
}
