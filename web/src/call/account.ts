/** Connects a wallet, remembers it, and finds it again when the page is opened anew. */
import { effect, signal } from "@preact/signals";
import type { WalletAccount } from "@wallet-standard/base";
import { usedWallet } from "./memory.ts";
import { walletFailed, walletWrong } from "./wallet-problem.ts";
import { type Found, featuresOf, wallets } from "./wallets.ts";

export type Connected = {
  readonly found: Found;
  readonly account: WalletAccount;
  /** All accounts that the wallet shows to this page. */
  readonly accounts: readonly WalletAccount[];
};

export const connected = signal<Connected | null>(null);

const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

const usable = (accounts: readonly WalletAccount[]): WalletAccount[] =>
  accounts.filter(({ address, chains }) => {
    return ADDRESS.test(address) && chains.some((chain) => chain.startsWith("solana:"));
  });

function take(found: Found, accounts: readonly WalletAccount[], address?: string): void {
  const own = usable(accounts);
  const account = own.find((one) => one.address === address) ?? own[0];
  connected.value = account === undefined ? null : { found, account, accounts: own };
}

const heard = new WeakSet<object>();

/** The accounts may change in the wallet, or the member may disconnect it there. */
function hearChanges(found: Found): void {
  if (heard.has(found.wallet)) return;
  heard.add(found.wallet);
  try {
    featuresOf(found.wallet)["standard:events"]?.on("change", () => {
      const now = connected.value;
      if (now?.found.wallet === found.wallet) take(found, found.wallet.accounts, now.account.address);
    });
  } catch {
    // It announces no changes.
  }
}

/**
 * @param silent the wallet must not ask the member
 * @throws RequestFailed
 */
export async function connect(found: Found, silent = false): Promise<void> {
  try {
    const feature = featuresOf(found.wallet)["standard:connect"];
    const answer = await feature?.connect(silent ? { silent } : {});
    take(found, answer?.accounts ?? []);
  } catch (error) {
    throw walletFailed(
      error,
      "Allow the connection in the wallet, or choose another one. Nothing was signed.",
    );
  }
  if (connected.value === null) {
    if (silent) return;
    throw walletWrong("The wallet shows no Solana account to this page.");
  }
  usedWallet.set(found.name);
  hearChanges(found);
}

export function choose(address: string): void {
  const now = connected.value;
  if (now !== null) take(now.found, now.accounts, address);
}

/** Forgets the wallet here. The wallet itself may still list this page as connected. */
export function leave(): void {
  connected.value = null;
  usedWallet.set(null);
}

/** Connects the wallet of last time as soon as it registers, without a question to the member. */
export function resume(): void {
  const name = usedWallet.get();
  if (name === null) return;
  const stop = effect(() => {
    const found = wallets.value.find((one) => one.name === name && one.unfit === null);
    if (found === undefined) return;
    queueMicrotask(() => stop());
    if (connected.peek() === null) void connect(found, true).catch(() => undefined);
  });
}
