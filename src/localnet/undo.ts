/** Records the accounts before each transaction of the blocks that are not final, so that a fork can restore them. */
import { type Address, lamports } from "@solana/kit";
import type { Bank, BankAccount } from "./bank.ts";
import { SYSTEM_PROGRAM } from "./programs.ts";

type Before = {
  readonly height: bigint;
  readonly accounts: readonly (readonly [Address, BankAccount | null])[];
};

/** An account that does not exist. */
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

  /** Called before a transaction runs in the block of this height. */
  note(bank: Bank, height: bigint, addresses: readonly Address[]): void {
    const accounts = addresses.map((address) => [address, bank.account(address)] as const);
    this.#entries.push({ height, accounts });
  }

  /** Drops the entries up to this height, which no fork will take back. */
  forget(finalizedHeight: bigint): void {
    this.#entries = this.#entries.filter(({ height }) => height > finalizedHeight);
  }

  /** Restores the accounts to their state after this height, beginning with the newest entry. */
  takeBack(bank: Bank, height: bigint): void {
    for (const entry of this.#entries.filter((one) => one.height > height).reverse()) {
      for (const [address, account] of entry.accounts) bank.putAccount(account ?? gone(address));
    }
    this.#entries = this.#entries.filter((one) => one.height <= height);
  }
}
