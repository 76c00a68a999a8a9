/**
 * Creates coins on the real pump.fun program of a localnet. Instructions: `create` and `create_v2` of the IDL in
 * @pump-fun/pump-sdk 2.0.0.
 */
import {
  AccountRole,
  type Address,
  address,
  generateKeyPairSigner,
  getAddressEncoder,
  type Instruction,
  type KeyPairSigner,
  lamports,
} from "@solana/kit";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, findAssociatedTokenPda } from "@solana-program/token";
import { pda } from "../../venues/pda.ts";
import { readGlobal } from "../../venues/pumpfun/market.ts";
import {
  curveOf,
  eventAuthority,
  globalAddress,
  globalVolume,
  PUMP_PROGRAM,
} from "../../venues/pumpfun/program.ts";
import type { BankAccount } from "../bank.ts";
import type { Cluster } from "../cluster.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../programs.ts";

const METADATA_PROGRAM = address("metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s");
const MAYHEM_PROGRAM = address("MAyhSmzXzV1pTf7LsNkrNwkWKTo4ougAJ1PPg47MD4e");
const RENT_SYSVAR = address("SysvarRent111111111111111111111111111111111");

const CREATE = [24, 30, 200, 40, 5, 28, 7, 119];
const CREATE_V2 = [214, 144, 76, 236, 95, 139, 49, 180];
const GLOBAL_VOLUME = { discriminator: [0xca, 0x2a, 0xf6, 0x2b, 0x8e, 0xbe, 0x1e, 0xff], size: 544 };

/** Writes the accounts that pump.fun needs in addition to those of the folder. */
export const preparePumpfun = async (cluster: Cluster): Promise<void> => {
  const data = new Uint8Array(GLOBAL_VOLUME.size);
  data.set(GLOBAL_VOLUME.discriminator);
  const made: BankAccount = {
    address: await globalVolume(),
    owner: PUMP_PROGRAM,
    lamports: lamports(cluster.rentExemption(BigInt(data.length))),
    data,
    executable: false,
  };
  cluster.setAccount(made);
  // These wallets are funded on mainnet. In an empty wallet, a fee below the rent-exempt minimum would fail.
  const global = readGlobal(accountOf(cluster, await globalAddress()));
  for (const wallet of [global?.feeRecipient, global?.mayhemFeeRecipient, global?.buybackFeeRecipient]) {
    if (wallet !== undefined && cluster.account(wallet) === null) cluster.setBalance(wallet, FEE_WALLET);
  }
};

const FEE_WALLET = lamports(1_000_000_000n);

const accountOf = (cluster: Cluster, of: Address) => {
  const account = cluster.account(of);
  return account && { owner: account.owner, lamports: account.lamports, data: new Uint8Array(account.data) };
};

const text = (value: string): Uint8Array => {
  const bytes = new TextEncoder().encode(value);
  const sized = new Uint8Array(4 + bytes.length);
  new DataView(sized.buffer).setUint32(0, bytes.length, true);
  sized.set(bytes, 4);
  return sized;
};

const dataOf = (discriminator: readonly number[], creator: Address, tail: readonly number[]): Uint8Array =>
  Uint8Array.from([
    ...discriminator,
    ...text("Localnet coin"),
    ...text("LOCAL"),
    ...text("https://localhost/coin.json"),
    ...getAddressEncoder().encode(creator),
    ...tail,
  ]);

const reads = (account: Address) => ({ address: account, role: AccountRole.READONLY });
const writes = (account: Address) => ({ address: account, role: AccountRole.WRITABLE });
const signs = (signer: KeyPairSigner) => ({
  address: signer.address,
  role: AccountRole.WRITABLE_SIGNER,
  signer,
});

/** The instructions that create a coin. The mint signs too. */
export type NewCoin = { readonly mint: Address; readonly instructions: readonly Instruction[] };

/**
 * Builds the instructions that create a coin.
 * @param kind `token`: an SPL mint (`create`), `token-2022`: `create_v2`
 * @example
 * const { mint, instructions } = await newCoin(creator, "token-2022");
 */
export const newCoin = async (creator: KeyPairSigner, kind: "token" | "token-2022"): Promise<NewCoin> => {
  const mint = await generateKeyPairSigner();
  const tokenProgram = kind === "token" ? TOKEN_PROGRAM : TOKEN_2022_PROGRAM;
  const curve = await curveOf(mint.address);
  const ataOf = async (owner: Address): Promise<Address> =>
    (await findAssociatedTokenPda({ owner, mint: mint.address, tokenProgram }))[0];
  const [mintAuthority, curveTokens, global, authority] = await Promise.all([
    pda(PUMP_PROGRAM, "mint-authority"),
    ataOf(curve),
    globalAddress(),
    eventAuthority(),
  ]);
  const head = [signs(mint), reads(mintAuthority), writes(curve), writes(curveTokens), reads(global)];
  const tail = [reads(authority), reads(PUMP_PROGRAM)];
  const accounts =
    kind === "token"
      ? [
          ...head,
          reads(METADATA_PROGRAM),
          writes(
            await pda(METADATA_PROGRAM, "metadata", { address: METADATA_PROGRAM }, { address: mint.address }),
          ),
          signs(creator),
          reads(SYSTEM_PROGRAM_ADDRESS),
          reads(tokenProgram),
          reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
          reads(RENT_SYSVAR),
          ...tail,
        ]
      : [
          ...head,
          signs(creator),
          reads(SYSTEM_PROGRAM_ADDRESS),
          reads(tokenProgram),
          reads(ASSOCIATED_TOKEN_PROGRAM_ADDRESS),
          writes(MAYHEM_PROGRAM),
          reads(await pda(MAYHEM_PROGRAM, "global-params")),
          writes(await pda(MAYHEM_PROGRAM, "sol-vault")),
          writes(await pda(MAYHEM_PROGRAM, "mayhem-state", { address: mint.address })),
          writes(await ataOf(await pda(MAYHEM_PROGRAM, "sol-vault"))),
          ...tail,
        ];
  const create: Instruction = {
    programAddress: PUMP_PROGRAM,
    accounts,
    // is_mayhem_mode, is_cashback_enabled, creator_fee_bps (u64), is_holder_reward: all zero
    data:
      kind === "token"
        ? dataOf(CREATE, creator.address, [])
        : dataOf(
            CREATE_V2,
            creator.address,
            Array.from({ length: 11 }, () => 0),
          ),
  };
  return { mint: mint.address, instructions: [create] };
};
