/** Creates token accounts in states that their owner or a stranger can cause. */
import { type Address, getAddressDecoder, lamports } from "@solana/kit";
import { AccountState, getTokenEncoder, TOKEN_PROGRAM_ADDRESS, type TokenArgs } from "@solana-program/token";
import type { Cluster } from "../../src/localnet/index.ts";
import { TOKEN_2022_PROGRAM_ADDRESS, WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";

const RENT = 2_039_280n;
/** The bytes of Token-2022 extensions: type, length and value. */
export const IMMUTABLE_OWNER = [7, 0, 0, 0];
export const DEMANDS_MEMOS = [8, 0, 1, 0, 1];

export const tokenAccountData = (
  mint: Address,
  owner: Address,
  changes: Partial<TokenArgs> = {},
  extensions: readonly number[] = [],
): Uint8Array => {
  const base = Uint8Array.from(
    getTokenEncoder().encode({
      mint,
      owner,
      amount: 0n,
      delegate: null,
      state: AccountState.Initialized,
      isNative: mint === WRAPPED_SOL_MINT ? RENT : null,
      delegatedAmount: 0n,
      closeAuthority: null,
      ...changes,
    }),
  );
  return extensions.length === 0 ? base : Uint8Array.of(...base, 2, ...extensions);
};

/** Writes a token account to the cluster. @returns its address, the associated token account of `wallet` */
export async function putTokenAccount(
  cluster: Cluster,
  wallet: Address,
  mint: Address,
  changes: Partial<TokenArgs> = {},
  extensions: readonly number[] = [],
): Promise<Address> {
  const tokenProgram = extensions.length === 0 ? TOKEN_PROGRAM_ADDRESS : TOKEN_2022_PROGRAM_ADDRESS;
  const address = await tokenAccountOf(wallet, mint, tokenProgram);
  const data = tokenAccountData(mint, wallet, changes, extensions);
  const wrapped = mint === WRAPPED_SOL_MINT ? BigInt(changes.amount ?? 0n) : 0n;
  const rent = cluster.rentExemption(BigInt(data.length));
  cluster.setAccount({
    address,
    lamports: lamports(rent + wrapped),
    owner: tokenProgram,
    data,
    executable: false,
  });
  return address;
}

/** Returns an address whose key no one has. */
export const strangerOf = (seed: number): Address =>
  getAddressDecoder().decode(new Uint8Array(32).fill(seed));
