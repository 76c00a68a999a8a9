/**
 * Handles changes of rents or wallets between two steps of an operation. A buy that failed because of such a change
 * is surveyed and planned again. A funding ahead that does not suffice any more is never topped up.
 */
import { CTOError, isCTOError } from "../../errors/index.ts";
import { type Reading, readWithCluster } from "../cluster/read-cluster.ts";
import type { Address, NewLeg, Survey, TransactionFailure } from "../ports.ts";
import { accountsHad } from "./accounts-had.ts";

/** The instruction errors that mean that an account holds too little to be opened or to stay open. */
const SHORT = ["AccountNotRentExempt", "InsufficientFunds"];
/** The System program's error number for "not enough lamports", and the Token program's for "not rent-exempt". */
const SHORT_CODES = [1, 0];

/** Whether a transaction may have failed because an account held too little for its rent. */
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

/** Reads the present rent rate, lamports per byte. @throws as `fetchAccounts` does */
export const readRentRate = async (chain: Reading): Promise<bigint> =>
  (await readWithCluster(chain)).cluster.lamportsPerByte;

/** Whether a change since the survey may have caused this refusal. */
const mayBeMoved = (error: unknown): boolean =>
  isCTOError(error, "CTO_E_TRANSACTION_REFUSED") || isCTOError(error, "CTO_E_TRANSACTION_EFFECT");

/** Whether a wallet had an account at the first survey that it does not have at the second. */
const hasLostAccounts = (before: Survey, now: Survey): boolean =>
  [...before.owners.keys()].some((owner) => {
    const still = new Set(accountsHad(now, owner));
    return accountsHad(before, owner).some((account) => !still.has(account));
  });

const hasMoved = (before: Survey, now: Survey): boolean =>
  now.cluster.lamportsPerByte !== before.cluster.lamportsPerByte || hasLostAccounts(before, now);

/** How often a market is opened again because of such changes: an owner may close one account after the other. */
const MOST_MOVES = 5;

/**
 * Opens a market with this survey. If it is refused, and rents have changed or an account is gone since then, opens
 * it again with a fresh survey. We compare rents for any change, because they may have risen and fallen again between
 * the survey and the simulation.
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

/** Wallets that were funded ahead and hold too little now, each with the error of its leg. */
export type OutOfReach = ReadonlyMap<Address, CTOError>;

/**
 * Opens a market for the legs whose funding still suffices. The others are not topped up: each fails with an error
 * that names its wallet, and what it holds is recovered.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS` if no leg remains
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
