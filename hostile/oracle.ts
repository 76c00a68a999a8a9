/**
 * Says whether a transaction took from one of our wallets anything that was not asked. It reads balances and token accounts
 * before and after, and nothing else: it knows no instruction, no venue and no policy.
 *
 * A wallet's lamports are what it holds and what its token accounts hold. They may fall by the leg, the fee and the rents
 * that were stated; of the token the buyer must have got the least amount, where its lamports were spent. No other token
 * may become fewer, and no account of ours may get another owner, a delegate or a foreign authority.
 */
import type { Address } from "@solana/kit";
import { priorityFee } from "../src/base/transaction-limits.ts";
import type { TransactionDraft, UnsignedTransaction } from "../src/engine/ports.ts";
import { LAMPORTS_PER_SIGNATURE } from "../src/engine/transaction/costs.ts";
import type { BankAccount } from "../src/localnet/bank.ts";
import type { Simulation } from "../src/localnet/cluster.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "../src/venues/token-layout.ts";
import type { Honest } from "./honest.ts";
import type { HostileMarket } from "./market.ts";
import { tokenOf } from "./token-accounts.ts";

const SYSTEM = "11111111111111111111111111111111" as Address;

export type Oracle = {
  /** Everything that is lost, in words; empty where nothing is. */
  lossesOf(honest: Honest, draft: TransactionDraft, unsigned: UnsignedTransaction, run: Simulation): string[];
};

type Accounts = ReadonlyMap<Address, BankAccount>;

const heldBy = (accounts: Accounts, owner: Address): BankAccount[] =>
  [...accounts.values()].filter((account) => account.lamports > 0n && tokenOf(account)?.owner === owner);

const lamportsOf = (accounts: Accounts, owner: Address): bigint =>
  heldBy(accounts, owner).reduce(
    (sum, account) => sum + account.lamports,
    accounts.get(owner)?.lamports ?? 0n,
  );

const tokensOf = (accounts: Accounts, owner: Address): Map<Address, bigint> => {
  const sums = new Map<Address, bigint>();
  for (const account of heldBy(accounts, owner)) {
    const token = tokenOf(account);
    if (token !== null) sums.set(token.mint, (sums.get(token.mint) ?? 0n) + token.amount);
  }
  return sums;
};

/** What the fee is where it is as meant. */
const meantFee = ({ meant }: Honest): bigint =>
  BigInt(new Set([meant.payer, meant.buyer]).size) * LAMPORTS_PER_SIGNATURE +
  priorityFee(meant.computeUnitLimit, meant.computeUnitPrice);

/** By how much each wallet's lamports may fall. */
const allowedOf = (honest: Honest, otherBuyer: Address): ReadonlyMap<Address, bigint> => {
  const { meant, buy } = honest;
  const fee = meantFee(honest);
  if (meant.payer === meant.buyer)
    return new Map([
      [meant.buyer, meant.lamports + fee + buy.buyerRentLamports],
      [otherBuyer, 0n],
    ]);
  const rents = buy.rentLamports + buy.transientLamports + (meant.transferRents ?? 0n);
  return new Map([
    [meant.payer, meant.lamports + fee + rents],
    [meant.buyer, 0n],
    [otherBuyer, 0n],
  ]);
};

export function createOracle({ localnet: { cluster }, wallets }: HostileMarket): Oracle {
  const { funding, buyer, otherBuyer } = wallets;
  const ours = [funding, buyer, otherBuyer];
  const before = new Map<Address, BankAccount>();
  for (const owner of ours) {
    const account = cluster.account(owner);
    if (account !== null) before.set(owner, account);
  }
  for (const account of TOKEN_PROGRAMS.flatMap((program) => cluster.programAccounts(program))) {
    const owner = tokenOf(account)?.owner;
    if (owner !== undefined && ours.includes(owner)) before.set(account.address, account);
  }

  const lamportLosses = (honest: Honest, after: Accounts): string[] => {
    const allowed = allowedOf(honest, otherBuyer);
    const lost = ours.flatMap((owner) => {
      const fall = lamportsOf(before, owner) - lamportsOf(after, owner);
      const most = allowed.get(owner) ?? 0n;
      return fall > most ? [`${owner} lost ${fall} lamports instead of ${most}`] : [];
    });
    const { meant, buy } = honest;
    const sum = (accounts: Accounts): bigint =>
      ours.reduce((all, owner) => all + lamportsOf(accounts, owner), 0n);
    const together = sum(before) - sum(after);
    const most = meant.lamports + meantFee(honest) + buy.buyerRentLamports;
    return together > most ? [...lost, `together they lost ${together} lamports instead of ${most}`] : lost;
  };

  /** What was paid beyond fees and rents was for tokens. */
  const shortDelivery = (honest: Honest, after: Accounts): string[] => {
    const { meant, buy } = honest;
    const got =
      (tokensOf(after, buyer).get(meant.mint) ?? 0n) - (tokensOf(before, buyer).get(meant.mint) ?? 0n);
    const sum = (accounts: Accounts): bigint =>
      ours.reduce((all, owner) => all + lamportsOf(accounts, owner), 0n);
    const spent = sum(before) - sum(after) - meantFee(honest) - buy.buyerRentLamports;
    return spent > 0n && got < meant.leastTokens
      ? [`${spent} lamports bought ${got} token units instead of ${meant.leastTokens}`]
      : [];
  };

  const tokenLosses = (after: Accounts): string[] =>
    ours.flatMap((owner) => {
      const now = tokensOf(after, owner);
      return [...tokensOf(before, owner)].flatMap(([mint, had]) => {
        // Wrapped lamports are counted as lamports.
        if (mint === WRAPPED_SOL_MINT || (now.get(mint) ?? 0n) >= had) return [];
        return [`${owner} lost ${had - (now.get(mint) ?? 0n)} units of ${mint}`];
      });
    });

  const authorityLosses = (after: Accounts): string[] => [
    ...[...after.values()].flatMap((account) => {
      const token = tokenOf(account);
      if (token === null || !ours.includes(token.owner) || account.lamports === 0n) return [];
      const isFree = token.delegate === null && (token.closeAuthority ?? token.owner) === token.owner;
      return isFree ? [] : [`${account.address} has a delegate or a foreign close authority`];
    }),
    ...[...before.keys()].flatMap((address) => {
      const account = after.get(address);
      if (account === undefined || account.lamports === 0n) return [];
      if (ours.includes(address))
        return account.owner === SYSTEM && account.data.length === 0 ? [] : [`${address} is given away`];
      const was = before.get(address);
      const isSame = was !== undefined && tokenOf(account)?.owner === tokenOf(was)?.owner;
      return isSame ? [] : [`${address} has another owner`];
    }),
  ];

  return {
    lossesOf(honest, draft, unsigned, run) {
      if (run.err !== null) return feeLosses(honest, draft, unsigned, ours);
      const after = new Map(before);
      for (const account of run.accounts) {
        const token = tokenOf(account);
        const concerns = before.has(account.address) || (token !== null && ours.includes(token.owner));
        if (concerns) after.set(account.address, account);
      }
      return [
        ...lamportLosses(honest, after),
        ...shortDelivery(honest, after),
        ...tokenLosses(after),
        ...authorityLosses(after),
      ];
    },
  };
}

/** A transaction that fails costs its fee. */
function feeLosses(
  honest: Honest,
  { computeUnitLimit, computeUnitPrice }: TransactionDraft,
  { signers }: UnsignedTransaction,
  ours: readonly Address[],
): string[] {
  const [payer] = signers;
  if (payer === undefined || !ours.includes(payer)) return [];
  const fee =
    BigInt(signers.length) * LAMPORTS_PER_SIGNATURE + priorityFee(computeUnitLimit, computeUnitPrice);
  const allowed = payer === honest.meant.payer ? meantFee(honest) : 0n;
  return fee > allowed ? [`${payer} paid a fee of ${fee} lamports instead of ${allowed}`] : [];
}
