/**
 * Opens pools on the real CPMM program of a localnet. Instruction: `initialize` of raydium-io/raydium-cp-swap
 * (instructions/initialize.rs).
 */
import {
  AccountRole,
  type Address,
  address,
  getAddressEncoder,
  type Instruction,
  lamports,
} from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import {
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
  findAssociatedTokenPda,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { sortByBytes } from "../../venues/byte-order.ts";
import {
  authorityAddress,
  CONFIG,
  CPMM_PROGRAM,
  configOf,
  lpMintOf,
  observationOf,
  poolOf,
  vaultOf,
} from "../../venues/cpmm/program.ts";
import { instructionData } from "../../venues/instruction-data.ts";
import { wrapSol } from "../../venues/wrapped-sol.ts";
import type { Cluster } from "../cluster.ts";

const WRAPPED_SOL = address("So11111111111111111111111111111111111111112");
const RENT_SYSVAR = address("SysvarRent111111111111111111111111111111111");
/** `create_pool_fee_reveiver` of the program: it must be a wrapped-SOL account. */
const POOL_FEE_ACCOUNT = address("DNXgeM9EiiaAbaWvwjHj9fQQLAX5ZsfHyvmYUNRAdNC8");
const INITIALIZE = [175, 175, 109, 31, 13, 152, 155, 237];

const encoder = getAddressEncoder();
const encode = (of: Address): Uint8Array => new Uint8Array(encoder.encode(of));

/**
 * The rates of mainnet's configuration 0: a trade fee of 0.25 %, of which 12 % go to the protocol and 4 % to the
 * fund.
 */
const RATES = { trade: 2_500n, protocol: 120_000n, fund: 40_000n };
const CONFIG_SIZE = 236;

const configData = (): Uint8Array => {
  const data = new Uint8Array(CONFIG_SIZE);
  data.set(CONFIG.discriminator);
  const view = new DataView(data.buffer);
  view.setBigUint64(12, RATES.trade, true);
  view.setBigUint64(20, RATES.protocol, true);
  view.setBigUint64(28, RATES.fund, true);
  return data;
};

/** A wrapped-SOL account with an unused owner: mint, owner, amount, state; layout of spl-token `Account`. */
const wrappedAccountData = (rent: bigint): Uint8Array => {
  const data = new Uint8Array(165);
  data.set(encode(WRAPPED_SOL));
  data.set(encode(POOL_FEE_ACCOUNT), 32);
  data[108] = 1; // initialised
  const view = new DataView(data.buffer);
  view.setUint32(109, 1, true); // is_native: Some(rent)
  view.setBigUint64(113, rent, true);
  return data;
};

/** Writes the accounts that only Raydium's admin could create on a cluster. */
export const prepareCpmm = async (cluster: Cluster): Promise<void> => {
  const rentOf = (size: number): bigint => cluster.rentExemption(BigInt(size));
  cluster.setAccount({
    address: await configOf(0),
    owner: CPMM_PROGRAM,
    lamports: lamports(rentOf(CONFIG_SIZE)),
    data: configData(),
    executable: false,
  });
  cluster.setAccount({
    address: POOL_FEE_ACCOUNT,
    owner: TOKEN_PROGRAM_ADDRESS,
    lamports: lamports(rentOf(165)),
    data: wrappedAccountData(rentOf(165)),
    executable: false,
  });
};

export type NewPool = {
  readonly creator: Address;
  readonly mint: Address;
  readonly tokenProgram: Address;
  /** The creator's deposit; the creator holds both amounts. */
  readonly tokens: bigint;
  readonly lamports: bigint;
  /** The fee configuration's index; default 0. */
  readonly config?: number;
};

/**
 * Builds the instructions that open a pool.
 * @example
 * await run(creator, [], (await newPool({ creator, mint, tokenProgram, tokens, lamports })).instructions)
 */
export const newPool = async (given: NewPool): Promise<{ pool: Address; instructions: Instruction[] }> => {
  const { creator, mint, tokenProgram } = given;
  const config = await configOf(given.config ?? 0);
  const [first, second] = sortByBytes(mint, WRAPPED_SOL);
  const pool = await poolOf(config, [first, second]);
  const lpMint = await lpMintOf(pool);
  const programOf = (of: Address): Address => (of === mint ? tokenProgram : TOKEN_PROGRAM_ADDRESS);
  const ataOf = async (of: Address, program: Address): Promise<Address> =>
    (await findAssociatedTokenPda({ owner: creator, mint: of, tokenProgram: program }))[0];
  const wrapped = await wrapSol({ buyer: creator, payer: creator }, given.lamports);
  const amounts = first === mint ? [given.tokens, given.lamports] : [given.lamports, given.tokens];
  const reads = (of: Address) => ({ address: of, role: AccountRole.READONLY });
  const writes = (of: Address) => ({ address: of, role: AccountRole.WRITABLE });
  const initialize: Instruction = {
    programAddress: CPMM_PROGRAM,
    accounts: [
      { address: creator, role: AccountRole.WRITABLE_SIGNER },
      reads(config),
      reads(await authorityAddress()),
      writes(pool),
      reads(first),
      reads(second),
      writes(lpMint),
      writes(await ataOf(first, programOf(first))),
      writes(await ataOf(second, programOf(second))),
      writes(await ataOf(lpMint, TOKEN_PROGRAM_ADDRESS)),
      writes(await vaultOf(pool, first)),
      writes(await vaultOf(pool, second)),
      writes(POOL_FEE_ACCOUNT),
      writes(await observationOf(pool)),
      reads(TOKEN_PROGRAM_ADDRESS),
      reads(programOf(first)),
      reads(programOf(second)),
      reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
      reads(SYSTEM_PROGRAM_ADDRESS),
      reads(RENT_SYSVAR),
    ],
    data: instructionData(INITIALIZE, [...amounts, 0n]),
  };
  return { pool, instructions: [...wrapped.setup, initialize, ...wrapped.cleanup] };
};
