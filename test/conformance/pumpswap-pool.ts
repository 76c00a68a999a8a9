/**
 * Creates a graduated coin's PumpSwap pool on a localnet, in the state in which the program would leave it: the pool, its vaults,
 * and the accounts that only the program's owners could create.
 */
import {
  type Address,
  generateKeyPairSigner,
  getAddressDecoder,
  getAddressEncoder,
  getProgramDerivedAddress,
  lamports,
  none,
  some,
} from "@solana/kit";
import { AccountState, getMintEncoder, getTokenEncoder, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { Cluster } from "../../src/localnet/cluster.ts";
import { TOKEN_2022_PROGRAM } from "../../src/localnet/programs.ts";
import { type ProgramsFolder, putAccounts } from "../../src/localnet/programs-folder.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../../src/venues/pump-fees.ts";
import {
  canonicalPoolOf,
  GLOBAL_CONFIG,
  globalConfigAddress,
  globalVolume,
  POOL,
  PUMPSWAP_PROGRAM,
  poolAuthorityOf,
  wrappedOf,
} from "../../src/venues/pumpswap/program.ts";
import { WRAPPED_SOL_MINT } from "../../src/venues/token-layout.ts";
import { tokenAccountOf } from "../../src/venues/wrapped-sol.ts";

const POOL_BYTES = 300;
const POOL_TOKENS = 200_000_000_000_000n;
const POOL_LAMPORTS = 80_000_000_000n;
const SUPPLY = 1_000_000_000_000_000n;
const VOLUME = { discriminator: [0xca, 0x2a, 0xf6, 0x2b, 0x8e, 0xbe, 0x1e, 0xff], size: 544 };
/** The offset of the address's bump in an account of the fee program. */
const BUMP = 8;

const encoded = (of: Address): Uint8Array => Uint8Array.from(getAddressEncoder().encode(of));

const put = (cluster: Cluster, address: Address, owner: Address, data: Uint8Array, more = 0n): void =>
  cluster.setAccount({
    address,
    owner,
    lamports: lamports(cluster.rentExemption(BigInt(data.length)) + more),
    data,
    executable: false,
  });

function putTokens(
  cluster: Cluster,
  address: Address,
  mint: Address,
  owner: Address,
  amount: bigint,
  program: Address,
) {
  const isWrapped = mint === WRAPPED_SOL_MINT;
  const rent = cluster.rentExemption(165n);
  const data = getTokenEncoder().encode({
    mint,
    owner,
    amount,
    delegate: none(),
    state: AccountState.Initialized,
    isNative: isWrapped ? some(rent) : none(),
    delegatedAmount: 0n,
    closeAuthority: none(),
  });
  put(cluster, address, program, Uint8Array.from(data), isWrapped ? amount : 0n);
}

/** Creates the configurations and the accounts that receive fees. */
async function prepare(cluster: Cluster, folder: ProgramsFolder): Promise<void> {
  putAccounts(cluster, folder);
  const fees = folder.accounts.get("fee_config");
  if (fees === undefined) throw new Error("the folder has no fee configuration");
  const [feeConfig, bump] = await getProgramDerivedAddress({
    programAddress: PUMP_FEES_PROGRAM,
    seeds: ["fee_config", getAddressEncoder().encode(PUMPSWAP_PROGRAM)],
  });
  if (feeConfig !== (await feeConfigOf(PUMPSWAP_PROGRAM))) throw new Error("another address");
  put(cluster, feeConfig, PUMP_FEES_PROGRAM, Uint8Array.from(fees.data).with(BUMP, bump));
  const volume = new Uint8Array(VOLUME.size);
  volume.set(VOLUME.discriminator);
  put(cluster, await globalVolume(), PUMPSWAP_PROGRAM, volume);
  const config = cluster.account(await globalConfigAddress())?.data ?? new Uint8Array(GLOBAL_CONFIG.size);
  for (const at of [57, 643]) {
    const recipient = getAddressDecoder().decode(config, at);
    cluster.setBalance(recipient, lamports(1_000_000_000n));
    const account = await wrappedOf(recipient);
    putTokens(cluster, account, WRAPPED_SOL_MINT, recipient, 0n, TOKEN_PROGRAM_ADDRESS);
  }
}

/** Creates the pool. @returns the coin's mint */
export async function putPumpswapPool(
  cluster: Cluster,
  folder: ProgramsFolder,
  kind: "token" | "token-2022",
): Promise<Address> {
  await prepare(cluster, folder);
  const program = kind === "token" ? TOKEN_PROGRAM_ADDRESS : TOKEN_2022_PROGRAM;
  const mint = (await generateKeyPairSigner()).address;
  const creator = (await generateKeyPairSigner()).address;
  const fields = { supply: SUPPLY, decimals: 6, isInitialized: true, freezeAuthority: null };
  put(cluster, mint, program, Uint8Array.from(getMintEncoder().encode({ ...fields, mintAuthority: null })));
  const pool = await canonicalPoolOf(mint);
  const authority = await poolAuthorityOf(mint);
  const [, bump] = await getProgramDerivedAddress({
    programAddress: PUMPSWAP_PROGRAM,
    seeds: ["pool", Uint8Array.of(0, 0), encoded(authority), encoded(mint), encoded(WRAPPED_SOL_MINT)],
  });
  const vaults = [await tokenAccountOf(pool, mint, program), await wrappedOf(pool)] as const;
  putTokens(cluster, vaults[0], mint, pool, POOL_TOKENS, program);
  putTokens(cluster, vaults[1], WRAPPED_SOL_MINT, pool, POOL_LAMPORTS, TOKEN_PROGRAM_ADDRESS);
  const data = new Uint8Array(POOL_BYTES);
  data.set(POOL.discriminator);
  data[8] = bump;
  for (const [at, of] of [
    [11, authority],
    [43, mint],
    [75, WRAPPED_SOL_MINT],
    [139, vaults[0]],
    [171, vaults[1]],
    [211, creator],
  ] as const)
    data.set(encoded(of), at);
  put(cluster, pool, PUMPSWAP_PROGRAM, data);
  return mint;
}
