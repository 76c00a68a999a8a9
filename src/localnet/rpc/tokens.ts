/** Implements the RPC methods about SPL tokens: balances, supplies, accounts by owner or delegate. */
import type { Address } from "@solana/kit";
import { z } from "zod";
import type { BankAccount } from "../bank.ts";
import type { Cluster } from "../cluster.ts";
import { decimalsOf } from "../parse/account.ts";
import { isTokenProgram } from "../programs.ts";
import { readMint, readTokenAccount, type TokenAccount, uiAmount } from "../token-account.ts";
import { encodeAccount } from "./account-encoding.ts";
import { invalidParams, RpcError } from "./errors.ts";
import { bankFor, type Method, method, withContext } from "./method.ts";
import { accountConfig, address, contextConfig } from "./params.ts";

/** Agave returns this many holders. */
const LARGEST_ACCOUNTS = 20;

const accountFilter = z.union([z.object({ mint: address }), z.object({ programId: address })]);

type Held = { readonly account: BankAccount; readonly token: TokenAccount };

const tokensOf = (cluster: Cluster, programs: readonly Address[]): Held[] =>
  programs
    .flatMap((program) => cluster.programAccounts(program))
    .flatMap((account) => {
      const token = readTokenAccount(account.data);
      return token === null ? [] : [{ account, token }];
    })
    .sort((a, b) => (a.account.address < b.account.address ? -1 : 1));

const mintProgram = (cluster: Cluster, mint: Address): Address => {
  const account = cluster.account(mint);
  if (account === null || readMint(account.data) === null || !isTokenProgram(account.owner)) {
    throw new RpcError("invalidParams", "Invalid param: could not find mint");
  }
  return account.owner;
};

const byFilter = (cluster: Cluster, filter: z.infer<typeof accountFilter>): Held[] => {
  if ("mint" in filter) {
    const held = tokensOf(cluster, [mintProgram(cluster, filter.mint)]);
    return held.filter(({ token }) => token.mint === filter.mint);
  }
  if (!isTokenProgram(filter.programId))
    throw new RpcError("invalidParams", "Invalid param: unrecognized Token program id");
  return tokensOf(cluster, [filter.programId]);
};

/** Implements `getTokenAccountsByOwner` and `...ByDelegate`, which differ only in the compared field. */
const tokenAccountsBy = (field: "owner" | "delegate"): Method =>
  method(z.tuple([address, accountFilter, accountConfig.optional()]), (cluster, [who, filter, config]) => {
    const found = byFilter(cluster, filter).filter(({ token }) => token[field] === who);
    return withContext(
      bankFor(cluster, config),
      found.map(({ account }) => ({
        pubkey: account.address,
        account: encodeAccount(cluster, account, config ?? {}),
      })),
    );
  });

const noTokenAccount = (): RpcError => new RpcError("invalidParams", "Invalid param: could not find account");

export const tokenMethods: Readonly<Record<string, Method>> = {
  getTokenAccountsByOwner: tokenAccountsBy("owner"),
  getTokenAccountsByDelegate: tokenAccountsBy("delegate"),

  getTokenAccountBalance: method(z.tuple([address, contextConfig.optional()]), (cluster, [of, config]) => {
    const account = cluster.account(of);
    if (account === null) throw noTokenAccount();
    const token = isTokenProgram(account.owner) ? readTokenAccount(account.data) : null;
    const decimals = token && decimalsOf(cluster, token.mint);
    if (token === null || decimals === null) throw invalidParams("not a Token account");
    return withContext(bankFor(cluster, config), uiAmount(token.amount, decimals));
  }),

  getTokenSupply: method(z.tuple([address, contextConfig.optional()]), (cluster, [of, config]) => {
    const account = cluster.account(of);
    if (account === null) throw noTokenAccount();
    const mint = isTokenProgram(account.owner) ? readMint(account.data) : null;
    if (mint === null) throw invalidParams("not a Token mint");
    return withContext(bankFor(cluster, config), uiAmount(mint.supply, mint.decimals));
  }),

  getTokenLargestAccounts: method(z.tuple([address, contextConfig.optional()]), (cluster, [of, config]) => {
    const decimals = decimalsOf(cluster, of) ?? 0;
    const largest = tokensOf(cluster, [mintProgram(cluster, of)])
      .filter(({ token }) => token.mint === of)
      .sort((a, b) => (a.token.amount > b.token.amount ? -1 : 1))
      .slice(0, LARGEST_ACCOUNTS)
      .map(({ account, token }) => ({ address: account.address, ...uiAmount(token.amount, decimals) }));
    return withContext(bankFor(cluster, config), largest);
  }),
};
