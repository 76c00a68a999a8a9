/** Surveys a token and its wallets: reads everything that an operation needs from the chain, at one time. */

import { lamports } from "@solana/kit";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import {
  type Address,
  CLUSTER_ACCOUNTS,
  type Fetched,
  type Holdings,
  readClusterFacts,
  type Survey,
  type WitnessReader,
} from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import { faultsOfTokenAccount, whyNotPayer } from "./fitness.ts";
import { shownAsOf, whyUnsupported } from "./mint-rules.ts";
import { metadataAccountOf, readLabel } from "./token-label.ts";
import {
  accountSizeFor,
  readMint,
  readTokens,
  TOKEN_2022_PROGRAM_ADDRESS,
  WRAPPED_SOL_MINT,
} from "./token-layout.ts";
import { shareOf, transferFeeOf } from "./transfer-fee.ts";
import { joinViews, requireSameFacts } from "./views.ts";
import { readsAsWrapped, tokenAccountOf, wrappedAccountOf } from "./wrapped-sol.ts";

type OwnerAccounts = {
  readonly owner: Address;
  /** The ATA under each token program. We learn the mint's program only when we have read the mint. */
  readonly byProgram: ReadonlyMap<Address, Address>;
  /** The wrapped-SOL account, through which most venues are paid. */
  readonly wrapped: Address;
};

const accountsOf = async (mint: Address, owner: Address): Promise<OwnerAccounts> => {
  const programs = [TOKEN_PROGRAM_ADDRESS, TOKEN_2022_PROGRAM_ADDRESS];
  const derived = await Promise.all(
    programs.map(async (tokenProgram) => {
      const ata = await tokenAccountOf(owner, mint, tokenProgram);
      return [tokenProgram, ata] as const;
    }),
  );
  const wrapped = await wrappedAccountOf(owner);
  return { owner, byProgram: new Map<Address, Address>(derived), wrapped };
};

const holdings = (
  fetched: Fetched,
  mint: Address,
  tokenProgram: Address,
  { owner, byProgram, wrapped }: OwnerAccounts,
): Holdings => {
  const tokenAccount = byProgram.get(tokenProgram);
  if (tokenAccount === undefined) {
    throw new CTOError("CTO_E_INTERNAL", { reason: `${tokenProgram} is no token program` });
  }
  const accountAt = (address: Address) => fetched.accounts.get(address) ?? null;
  const account = accountAt(tokenAccount);
  const unfit = whyNotPayer(accountAt(owner));
  const unfitAccounts = [
    ...faultsOfTokenAccount(account, {
      what: "token account",
      address: tokenAccount,
      mint,
      owner,
      tokenProgram,
    }),
    // We check this for every venue: a market may end during the operation, and most of the venues that follow are
    // paid with wrapped SOL.
    ...faultsOfTokenAccount(accountAt(wrapped), {
      what: "wrapped-SOL account",
      address: wrapped,
      mint: WRAPPED_SOL_MINT,
      owner,
      tokenProgram: TOKEN_PROGRAM_ADDRESS,
    }),
  ];
  return {
    tokenAccount,
    lamports: accountAt(owner)?.lamports ?? lamports(0n),
    tokens: account?.owner === tokenProgram ? readTokens(account, mint, owner) : null,
    ...(readsAsWrapped(accountAt(wrapped), owner) ? { wrappedAccount: wrapped } : {}),
    ...(unfit === null ? {} : { unfit }),
    ...(unfitAccounts.length === 0 ? {} : { unfitAccounts }),
  };
};

/**
 * Reads the survey from one endpoint's answer.
 *
 * @throws `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`, `CTO_E_MINT_UNSUPPORTED`, `CTO_E_RPC_INVALID_ANSWER`
 */
const surveyFrom = (
  fetched: Fetched,
  mint: Address,
  metadata: Address,
  wallets: readonly OwnerAccounts[],
): Survey => {
  const account = fetched.accounts.get(mint) ?? null;
  if (account === null) throw new CTOError("CTO_E_MINT_NOT_FOUND", { mint });
  const read = readMint(account);
  if ("invalid" in read) throw new CTOError("CTO_E_MINT_INVALID", { mint, reason: read.invalid });
  const unsupported = whyUnsupported(account);
  if (unsupported !== null) throw new CTOError("CTO_E_MINT_UNSUPPORTED", { mint, reason: unsupported });
  const tokenProgram = account.owner;
  const label = readLabel(mint, metadata, fetched);
  const shownAs = shownAsOf(account);
  return {
    slot: fetched.slot,
    mint,
    tokenProgram,
    decimals: read.decimals,
    tokenAccountBytes: accountSizeFor(account),
    owners: new Map(wallets.map((wallet) => [wallet.owner, holdings(fetched, mint, tokenProgram, wallet)])),
    fetched,
    transferFeeBps: shareOf(transferFeeOf(account, fetched)),
    cluster: readClusterFacts(fetched),
    ...(shownAs === null ? {} : { shownAs }),
    ...(label === null ? {} : { label }),
  };
};

/**
 * Reads the mint, its name, the owners with their token accounts and wrapped-SOL accounts, and the facts about the
 * cluster, in one batch from each endpoint that must agree. Amounts are lamports and token base units; `tokens` is
 * null if the owner has no associated token account.
 *
 * @param further accounts to read in the same batch; they are returned in `fetched`
 * @throws `CTO_E_MINT_NOT_FOUND`, `CTO_E_MINT_INVALID`, `CTO_E_MINT_UNSUPPORTED`, `CTO_E_ENDPOINTS_DISAGREE`, and the
 * errors of reading
 * @example
 * const { tokenProgram, owners } = await surveyToken(chain.witnessAccounts, mint, [buyer]);
 * owners.get(buyer); // { lamports: 1_000_000_000n, tokens: null }
 */
export const surveyToken = async (
  read: WitnessReader,
  mint: Address,
  owners: readonly Address[],
  further: readonly Address[] = [],
): Promise<Survey> => {
  const wallets = await Promise.all([...new Set(owners)].map((owner) => accountsOf(mint, owner)));
  const metadata = await metadataAccountOf(mint);
  const witnesses = await read([
    mint,
    metadata,
    ...CLUSTER_ACCOUNTS,
    ...further,
    ...wallets.flatMap(({ owner, byProgram, wrapped }) => [owner, ...byProgram.values(), wrapped]),
  ]);
  requireSameFacts(mint, witnesses);
  return joinViews(
    witnesses.map(({ endpoint, ...fetched }) => ({
      ...surveyFrom(fetched, mint, metadata, wallets),
      endpoint,
    })),
  );
};
