/**
 * Says whether an account exists, and what opening it costs.
 *
 * Anyone may send lamports to any address. That opens nothing: an account of the System program without data is still
 * to be opened, and the one who opens it pays only what is missing from its rent.
 */
import type { Address } from "@solana/kit";
import type { RawAccount } from "../ports/chain.ts";
import { type ClusterFacts, rentExemption } from "./cluster-facts.ts";

export const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;

type Found = RawAccount | null | undefined;

/** Whether a program has opened the account. Lamports alone do not show it. */
export const isOpened = (account: Found): boolean =>
  account != null && (account.owner !== SYSTEM_PROGRAM || account.data.length > 0);

/** What is missing until an account of this size is rent-exempt, if it holds so many lamports. */
export const missingRent = (
  rate: Pick<ClusterFacts, "lamportsPerByte">,
  bytes: number,
  held: bigint,
): bigint => {
  const missing = rentExemption(rate, bytes) - held;
  return missing > 0n ? missing : 0n;
};

/** What it costs to open the account; 0 if it is open. @param account what is at its address now */
export const rentToOpen = (
  rate: Pick<ClusterFacts, "lamportsPerByte">,
  bytes: number,
  account: Found,
): bigint => (isOpened(account) ? 0n : missingRent(rate, bytes, account?.lamports ?? 0n));
