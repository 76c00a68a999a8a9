/**
 * Says what a route does with the buyer's accounts of the tokens on its way. It opens those that are missing. Those that
 * the buyer has already hold tokens of the buyer's own, and the swap may name them. So the chain must prove after the swap
 * that these tokens are still there, and that nobody got the right to take them later.
 */
import { createNoopSigner } from "@solana/kit";
import { getRevokeInstruction, getTransferCheckedInstruction } from "@solana-program/token";
import type { Address, Instruction, Kept, RawAccount, Survey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { faultsOfTokenAccount } from "./fitness.ts";
import { maximum } from "./integers.ts";
import type { RouteAccounts, RouteReader } from "./route-accounts.ts";
import {
  associatedAccountRent,
  readMint,
  readTokens,
  TOKEN_PROGRAMS,
  WRAPPED_SOL_MINT,
} from "./token-layout.ts";
import { tokenAccountOf } from "./wrapped-sol.ts";

export type OnTheWay = Pick<RouteAccounts, "lookupTables"> & {
  /** The mints whose accounts the route opens, and the rents of these accounts together. */
  readonly opens: readonly Address[];
  readonly rentLamports: bigint;
  /** The accounts that the buyer has. */
  readonly keeps: readonly (Kept & { readonly account: Address })[];
};

const furtherMints = (survey: Survey, created: ReadonlySet<Address>): Address[] =>
  [...created].filter((mint) => mint !== survey.mint && mint !== WRAPPED_SOL_MINT);

/** @throws `CTO_E_VENUE_INVALID_ANSWER` */
const requireMint = (mint: Address, account: RawAccount | null | undefined): RawAccount => {
  if (account && TOKEN_PROGRAMS.includes(account.owner)) return account;
  const problem = `it opens an account of ${mint}, which is no mint`;
  throw new CTOError("CTO_E_VENUE_INVALID_ANSWER", { venue: "jupiter", problem });
};

/**
 * The buyer's account of a mint; null if it has none. Endpoints may differ, because what they show is not of one moment:
 * then the account exists, and the highest balance counts. So none of them can hide what the buyer holds.
 *
 * @throws `CTO_E_NO_ROUTE` if the account must not be used, for example because it has a delegate
 */
const keptOf = async (
  survey: Survey,
  buyer: Address,
  mint: Address,
  { mints, held }: RouteAccounts,
): Promise<OnTheWay["keeps"]> => {
  const mintAccount = requireMint(mint, mints.get(mint));
  const tokenProgram = mintAccount.owner;
  const account = await tokenAccountOf(buyer, mint, tokenProgram);
  const seen = held.get(account) ?? [];
  const expected = { what: "token account", address: account, mint, owner: buyer, tokenProgram };
  const [fault] = seen.flatMap((one) => faultsOfTokenAccount(one, expected));
  const read = readMint(mintAccount);
  const amounts = seen.flatMap((one) => readTokens(one, mint, buyer) ?? []);
  if (amounts.length === 0 && fault === undefined) return [];
  const reason = fault ?? ("invalid" in read ? read.invalid : null);
  if (reason !== null || "invalid" in read)
    throw new CTOError("CTO_E_NO_ROUTE", {
      mint: survey.mint,
      venue: "jupiter",
      reason: `it leads through ${mint}: ${reason}`,
    });
  return [{ account, mint, tokenProgram, decimals: read.decimals, tokens: amounts.reduce(maximum, 0n) }];
};

/**
 * Reads the route's lookup tables and the buyer's accounts of its tokens, in one batch.
 *
 * @param created the mints of the accounts that the answer opens
 * @throws `CTO_E_VENUE_INVALID_ANSWER`, `CTO_E_NO_ROUTE`, `CTO_E_ENDPOINTS_DISAGREE`, and the errors of reading
 */
export const readOnTheWay = async (
  readRoute: RouteReader,
  survey: Survey,
  buyer: Address,
  { tables, created }: { readonly tables: readonly Address[]; readonly created: ReadonlySet<Address> },
): Promise<OnTheWay> => {
  const mints = furtherMints(survey, created);
  // Before the mints are read, we do not know under which of the two programs they are.
  const accounts = await Promise.all(
    mints.flatMap((mint) => TOKEN_PROGRAMS.map((program) => tokenAccountOf(buyer, mint, program))),
  );
  const route = await readRoute(tables, mints, accounts);
  const keeps = (await Promise.all(mints.map((mint) => keptOf(survey, buyer, mint, route)))).flat();
  const opens = mints.filter((mint) => !keeps.some((kept) => kept.mint === mint));
  const rents = opens.map((mint) =>
    associatedAccountRent(survey.cluster, requireMint(mint, route.mints.get(mint))),
  );
  const rentLamports = rents.reduce((sum, rent) => sum + rent, 0n);
  return { lookupTables: route.lookupTables, opens, rentLamports, keeps };
};

/**
 * Proves on chain that a swap took nothing from these accounts: each loses a delegate that the swap may have set, and then
 * transfers what it held before to itself. If it holds less, or belongs to somebody else, the whole transaction fails.
 */
export const proofsOfKeeping = (keeps: OnTheWay["keeps"], buyer: Address): Instruction[] =>
  keeps.flatMap(({ account, mint, tokenProgram, decimals, tokens }) => {
    const owner = createNoopSigner(buyer);
    const config = { programAddress: tokenProgram };
    return [
      getRevokeInstruction({ source: account, owner }, config),
      getTransferCheckedInstruction(
        { source: account, mint, destination: account, authority: owner, amount: tokens, decimals },
        config,
      ),
    ];
  });
