/** Token accounts as they lie on the cluster: put there for the market, and read for the oracle. */
import { type Address, getAddressEncoder, lamports } from "@solana/kit";
import type { BankAccount } from "../src/localnet/bank.ts";
import type { Cluster } from "../src/localnet/index.ts";
import { readTokenAccount, type TokenAccount } from "../src/localnet/token-account.ts";
import { TOKEN_PROGRAMS, WRAPPED_SOL_MINT } from "../src/venues/token-layout.ts";
import { tokenAccountOf } from "../src/venues/wrapped-sol.ts";

const SIZE = 165;
const INITIALISED = 1;

/** An associated account with so many base units, without a transaction. */
export async function giveTokens(
  cluster: Cluster,
  owner: Address,
  mint: Address,
  amount: bigint,
): Promise<void> {
  const program = cluster.account(mint)?.owner;
  if (program === undefined) throw new Error(`${mint} is no mint`);
  const isWrapped = mint === WRAPPED_SOL_MINT;
  const rent = cluster.rentExemption(BigInt(SIZE));
  const data = new Uint8Array(SIZE);
  data.set(getAddressEncoder().encode(mint));
  data.set(getAddressEncoder().encode(owner), 32);
  const view = new DataView(data.buffer);
  view.setBigUint64(64, amount, true);
  data[108] = INITIALISED;
  if (isWrapped) {
    view.setUint32(109, 1, true);
    view.setBigUint64(113, rent, true);
  }
  cluster.setAccount({
    address: await tokenAccountOf(owner, mint, program),
    owner: program,
    lamports: lamports(rent + (isWrapped ? amount : 0n)),
    data,
    executable: false,
  });
}

/** Null for what is no token account. */
export const tokenOf = ({ owner, data }: BankAccount): TokenAccount | null =>
  TOKEN_PROGRAMS.includes(owner) ? readTokenAccount(data) : null;
