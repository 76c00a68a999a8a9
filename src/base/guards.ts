/**
 * Lists the instructions that a wallet may add to a transaction before it signs it: assertions of the Lighthouse
 * program, which Phantom and Solflare add. An assertion reads accounts. If it does not hold, the whole transaction
 * fails. It moves nothing. docs/guards.md has the sources, and what could not be confirmed.
 */
import type { Address, ReadonlyUint8Array } from "@solana/kit";

type Instruction = {
  readonly program: Address;
  readonly accounts: { readonly length: number };
  readonly data: ReadonlyUint8Array;
};

/** Lighthouse 2.0.0. */
export const LIGHTHOUSE = "L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95" as Address;

/** The most guards of one transaction. Four is the most that was reported; two more leave room for a new version. */
export const GUARDS_AT_MOST = 6;

type Guard = { readonly name: string; readonly accounts: number };

/**
 * The assertions by their first byte, with the number of accounts that each one reads. The rest of Lighthouse's
 * instructions is refused: 0 and 1 write to memory accounts, for a rent; 16 calls another program; 17 concerns trees
 * that no buy has.
 */
export const GUARDS: Readonly<Record<number, Guard>> = {
  2: { name: "AssertAccountData", accounts: 1 },
  3: { name: "AssertAccountDataMulti", accounts: 1 },
  4: { name: "AssertAccountDelta", accounts: 2 },
  5: { name: "AssertAccountInfo", accounts: 1 },
  6: { name: "AssertAccountInfoMulti", accounts: 1 },
  7: { name: "AssertMintAccount", accounts: 1 },
  8: { name: "AssertMintAccountMulti", accounts: 1 },
  9: { name: "AssertTokenAccount", accounts: 1 },
  10: { name: "AssertTokenAccountMulti", accounts: 1 },
  11: { name: "AssertStakeAccount", accounts: 1 },
  12: { name: "AssertStakeAccountMulti", accounts: 1 },
  13: { name: "AssertUpgradeableLoaderAccount", accounts: 1 },
  14: { name: "AssertUpgradeableLoaderAccountMulti", accounts: 1 },
  15: { name: "AssertSysvarClock", accounts: 0 },
};

/** Says why a wallet may not add this instruction; null if it may. */
export function whyNoGuard({ program, accounts, data }: Instruction): string | null {
  if (program !== LIGHTHOUSE) return `an instruction of ${program} was added`;
  const guard = GUARDS[data[0] ?? -1];
  if (guard === undefined) return `an instruction ${data[0] ?? "without data"} of Lighthouse was added`;
  // Further accounts would let the program call another one, for its log.
  if (accounts.length !== guard.accounts)
    return `${guard.name} names ${accounts.length} accounts instead of ${guard.accounts}`;
  return null;
}
