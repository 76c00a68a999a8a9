/** Encodes token accounts and mints as `jsonParsed`, as agave's `account-decoder` does. */
import type { ReadonlyUint8Array } from "@solana/kit";
import type { BankAccount } from "../bank.ts";
import type { Cluster } from "../cluster.ts";
import { isTokenProgram, TOKEN_2022_PROGRAM } from "../programs.ts";
import { readMint, readTokenAccount, type TokenAccount, uiAmount } from "../token-account.ts";

/** Extensions begin after the base size and the type byte (`spl_token_2022::extension`). */
const EXTENSIONS_OFFSET = 166;
const IMMUTABLE_OWNER = 7;

/** Names the extensions. We recognise only the one that every associated token account has. */
const extensions = (data: ReadonlyUint8Array): { extension: string }[] => {
  const view = new DataView(new Uint8Array(data).buffer);
  const found: { extension: string }[] = [];
  for (let at = EXTENSIONS_OFFSET; at + 4 <= view.byteLength; ) {
    const type = view.getUint16(at, true);
    if (type === 0) break;
    found.push({ extension: type === IMMUTABLE_OWNER ? "immutableOwner" : "unparseableExtension" });
    at += 4 + view.getUint16(at + 2, true);
  }
  return found;
};

const tokenInfo = (token: TokenAccount, decimals: number) => ({
  mint: token.mint,
  owner: token.owner,
  tokenAmount: uiAmount(token.amount, decimals),
  ...(token.delegate && { delegate: token.delegate }),
  state: token.state,
  isNative: token.nativeRent !== null,
  ...(token.nativeRent !== null && { rentExemptReserve: uiAmount(token.nativeRent, decimals) }),
  ...(token.delegatedAmount > 0n && { delegatedAmount: uiAmount(token.delegatedAmount, decimals) }),
  ...(token.closeAuthority && { closeAuthority: token.closeAuthority }),
});

/** The decimals of a mint, or null if there is no such mint. */
export const decimalsOf = (cluster: Cluster, mint: TokenAccount["mint"]): number | null =>
  readMint(cluster.account(mint)?.data ?? new Uint8Array(0))?.decimals ?? null;

/** The parsed form, or null if the data is not a token account or mint. The RPC then returns base64. */
export const parseAccount = (cluster: Cluster, account: BankAccount) => {
  if (!isTokenProgram(account.owner)) return null;
  const extended = account.owner === TOKEN_2022_PROGRAM && { extensions: extensions(account.data) };
  const wrap = (type: string, info: object) => ({
    program: extended ? "spl-token-2022" : "spl-token",
    parsed: { type, info: { ...info, ...extended } },
    space: account.data.length,
  });
  const mint = readMint(account.data);
  if (mint !== null) return wrap("mint", { ...mint, supply: mint.supply.toString() });
  const token = readTokenAccount(account.data);
  const decimals = token && decimalsOf(cluster, token.mint);
  return token === null || decimals === null ? null : wrap("account", tokenInfo(token, decimals));
};
