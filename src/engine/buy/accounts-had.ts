/**
 * The accounts that a buyer had when it was surveyed: its buy opens none of them, because their rents are not counted. An owner
 * may close one meanwhile, and a fork may take back the buy that had opened it. Then the buy fails as a whole, and is planned anew.
 */
import type { Address, Chain, Survey, TransactionFailure } from "../ports.ts";

export function accountsHad({ owners }: Pick<Survey, "owners">, buyer: Address): Address[] {
  const holdings = owners.get(buyer);
  if (holdings === undefined) return [];
  const { tokens, tokenAccount, wrappedAccount } = holdings;
  return [
    ...(tokens === null ? [] : [tokenAccount]),
    ...(wrappedAccount === undefined ? [] : [wrappedAccount]),
  ];
}

/** Whether one of these accounts does not exist any more. @throws as `fetchAccounts` does */
export async function isGone(chain: Pick<Chain, "fetchAccounts">, had: readonly Address[]): Promise<boolean> {
  if (had.length === 0) return false;
  const { accounts } = await chain.fetchAccounts(had);
  return had.some((address) => accounts.get(address) == null);
}

/** Whether an instruction failed, and not the transaction as such: only that may be for want of an account. */
export const isOfInstruction = ({ error }: TransactionFailure): boolean =>
  typeof error === "object" && error !== null && "InstructionError" in error;
