/**
 * Lists the accounts that a buyer already had at the survey. Its buy opens none of them, because their rents are not
 * counted.
 *
 * An owner may close such an account meanwhile, or a fork may take back the buy that opened it. Then the whole buy
 * fails and is planned again.
 */
import { isOpened, rentToOpen } from "../cluster/opening.ts";
import type { Address, Chain, NewLeg, Survey, TransactionFailure } from "../ports.ts";

export function accountsHad({ owners }: Pick<Survey, "owners">, buyer: Address): Address[] {
  const holdings = owners.get(buyer);
  if (holdings === undefined) return [];
  const { tokens, tokenAccount, wrappedAccount } = holdings;
  return [
    ...(tokens === null ? [] : [tokenAccount]),
    ...(wrappedAccount === undefined ? [] : [wrappedAccount]),
  ];
}

/** Whether the leg's wallet had no account of the token. */
export const lacksAccount = (survey: Survey, { address }: Pick<NewLeg, "address">): boolean =>
  survey.owners.get(address)?.tokens == null;

/** What opening the leg's account of the token costs its payer; 0 if its wallet has one. */
export function rentOfOwn(survey: Survey, leg: Pick<NewLeg, "address">): bigint {
  const holdings = survey.owners.get(leg.address);
  if (holdings === undefined || !lacksAccount(survey, leg)) return 0n;
  const { cluster, tokenAccountBytes, fetched } = survey;
  return rentToOpen(cluster, tokenAccountBytes, fetched.accounts.get(holdings.tokenAccount));
}

/** Whether one of these accounts is closed now. @throws as `fetchAccounts` does */
export async function isGone(chain: Pick<Chain, "fetchAccounts">, had: readonly Address[]): Promise<boolean> {
  if (had.length === 0) return false;
  const { accounts } = await chain.fetchAccounts(had);
  return had.some((address) => !isOpened(accounts.get(address)));
}

/**
 * Whether an instruction failed, and not the transaction as a whole. Only an instruction can fail because of a
 * missing account.
 */
export const isOfInstruction = ({ error }: TransactionFailure): boolean =>
  typeof error === "object" && error !== null && "InstructionError" in error;
