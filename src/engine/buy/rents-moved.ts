/**
 * What is done where rents, or the wallets themselves, have moved between two steps of an operation: a buy that failed for want of
 * them is surveyed and planned anew, and a funding ahead that does not reach any more is never topped up.
 */
import { CTOError, isCTOError } from "../../errors/index.ts";
import { CLUSTER_ACCOUNTS, readClusterFacts } from "../cluster/cluster-facts.ts";
import type { Address, Chain, NewLeg, Survey, TransactionFailure } from "../ports.ts";
import { accountsHad } from "./accounts-had.ts";

/** Of an instruction's errors, those that say that an account has too little to be opened, or to stay. */
const SHORT = ["AccountNotRentExempt", "InsufficientFunds"];
/** The System program's number for "not enough lamports", and the Token program's for "not rent-exempt". */
const SHORT_CODES = [1, 0];

/** Whether a transaction may have failed because an account had too little for its rent. */
export function isShortOfRent({ error }: TransactionFailure): boolean {
  const text = JSON.stringify(error, (_key, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  if (text === undefined) return false;
  if (text.includes("InsufficientFundsForRent")) return true;
  if (!text.includes("InstructionError")) return false;
  return (
    SHORT.some((name) => text.includes(`"${name}"`)) ||
    SHORT_CODES.some((code) => text.includes(`{"Custom":${code}}`))
  );
}

/** The rent rate now, lamports per byte. @throws as `fetchAccounts` does */
export const readRentRate = async (chain: Pick<Chain, "fetchAccounts">): Promise<bigint> =>
  readClusterFacts(await chain.fetchAccounts(CLUSTER_ACCOUNTS)).lamportsPerByte;

/** Refusals that something may be behind which has moved since the survey. */
const mayBeMoved = (error: unknown): boolean =>
  isCTOError(error, "CTO_E_TRANSACTION_REFUSED") || isCTOError(error, "CTO_E_TRANSACTION_EFFECT");

/** Whether a wallet had an account at the first of two surveys, and has it no more at the second. */
const hasLostAccounts = (before: Survey, now: Survey): boolean =>
  [...before.owners.keys()].some((owner) => {
    const still = new Set(accountsHad(now, owner));
    return accountsHad(before, owner).some((account) => !still.has(account));
  });

const hasMoved = (before: Survey, now: Survey): boolean =>
  now.cluster.lamportsPerByte !== before.cluster.lamportsPerByte || hasLostAccounts(before, now);

/** An owner may go on closing accounts: so often a market is opened anew for it. */
const MOST_MOVES = 5;

/**
 * Opens a market by this survey, and anew by a fresh one where it was refused and rents have moved since, or an account is gone:
 * between the survey and the simulation, nothing but they need have changed. Rents may have risen and fallen again.
 */
export async function openDespiteMove<Opened>(
  survey: Survey,
  fresh: () => Promise<Survey>,
  open: (survey: Survey) => Promise<Opened>,
  left = MOST_MOVES,
): Promise<Opened> {
  try {
    return await open(survey);
  } catch (error) {
    if (left === 0 || !mayBeMoved(error)) throw error;
    const now = await fresh();
    if (!hasMoved(survey, now)) throw error;
    return openDespiteMove(now, fresh, open, left - 1);
  }
}

/** Wallets that were funded ahead and hold too little now, each with the error that its leg fails by. */
export type OutOfReach = ReadonlyMap<Address, CTOError>;

/**
 * Opens a market for the legs whose funding ahead still reaches. The others are not topped up: each fails by name, and what
 * it holds is recovered.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS` when none is left
 */
export async function openForReachable<Part extends Pick<NewLeg, "address">, Opened>(
  legs: readonly Part[],
  open: (legs: readonly Part[]) => Promise<Opened>,
  outOfReach: Map<Address, CTOError> = new Map(),
): Promise<{ opened: Opened; outOfReach: OutOfReach }> {
  const reachable = legs.filter(({ address }) => !outOfReach.has(address));
  try {
    return { opened: await open(reachable), outOfReach };
  } catch (error) {
    if (!isCTOError(error, "CTO_E_WALLET_SHORT_OF_FUNDS")) throw error;
    const short = error.context.wallets.filter((wallet) =>
      reachable.some(({ address }) => address === wallet.address),
    );
    if (short.length === 0 || short.length === reachable.length) throw error;
    for (const wallet of short)
      outOfReach.set(
        wallet.address as Address,
        new CTOError("CTO_E_WALLET_SHORT_OF_FUNDS", { wallets: [wallet] }),
      );
    return openForReachable(legs, open, outOfReach);
  }
}
