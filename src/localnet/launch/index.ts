/** Launches tokens on the real programs of a localnet, and prepares the accounts that this requires. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Address,
  generateKeyPairSigner,
  type Instruction,
  isSignerRole,
  type KeyPairSigner,
} from "@solana/kit";
import { getCreateAccountInstruction } from "@solana-program/system";
import {
  getInitializeMint2Instruction,
  getMintSize,
  getMintToInstruction,
  TOKEN_PROGRAM_ADDRESS,
} from "@solana-program/token";
import { CTOError } from "../../errors/index.ts";
import { CPMM_PROGRAM } from "../../venues/cpmm/program.ts";
import { PUMP_PROGRAM } from "../../venues/pumpfun/program.ts";
import { openTokenAccount, tokenAccountOf } from "../../venues/wrapped-sol.ts";
import type { Cluster } from "../cluster.ts";
import { createDeskChain } from "../desk/desk-chain.ts";
import { TOKEN_2022_PROGRAM } from "../programs.ts";
import { type ProgramsFolder, putAccounts } from "../programs-folder.ts";
import { newPool, prepareCpmm } from "./cpmm.ts";
import { newCoin, preparePumpfun } from "./pumpfun.ts";

export const LAUNCH_VENUES = ["pumpfun", "cpmm"] as const;
export type LaunchVenue = (typeof LAUNCH_VENUES)[number];

const PROGRAM_OF = { pumpfun: PUMP_PROGRAM, cpmm: CPMM_PROGRAM } as const satisfies Record<
  LaunchVenue,
  Address
>;

/** Writes the folder's accounts to the cluster, and the accounts that only the programs' owners could create. */
export const prepareVenues = async (cluster: Cluster, folder: ProgramsFolder): Promise<void> => {
  putAccounts(cluster, folder);
  const has = (venue: LaunchVenue): boolean =>
    folder.programs.some(({ address }) => address === PROGRAM_OF[venue]);
  if (has("pumpfun")) await preparePumpfun(cluster);
  if (has("cpmm")) await prepareCpmm(cluster);
};

const CREATOR_LAMPORTS = 1_000_000_000_000n;
const SUPPLY = 1_000_000_000_000_000n;
const POOL_LAMPORTS = 80_000_000_000n;
const DECIMALS = 6;
/** The program opens a pool one second after its creation. */
const POOL_OPENS_MS = 1_500;

type Launcher = ReturnType<typeof createDeskChain>;

/** The venues' builders use addresses only. This adds the signer to the accounts that it owns. */
const signedBy =
  (signer: KeyPairSigner) =>
  (instruction: Instruction): Instruction => ({
    ...instruction,
    accounts: (instruction.accounts ?? []).map(({ address, role }) =>
      address === signer.address && isSignerRole(role) ? { address, role, signer } : { address, role },
    ),
  });

async function launchPool(chain: Launcher, creator: KeyPairSigner, tokenProgram: Address): Promise<Address> {
  const mint = await generateKeyPairSigner();
  const stock = await tokenAccountOf(creator.address, mint.address, tokenProgram);
  await chain.send([
    getCreateAccountInstruction({
      payer: creator,
      newAccount: mint,
      lamports: await chain.rentFor(BigInt(getMintSize())),
      space: getMintSize(),
      programAddress: tokenProgram,
    }),
    getInitializeMint2Instruction(
      { mint: mint.address, decimals: DECIMALS, mintAuthority: creator.address },
      { programAddress: tokenProgram },
    ),
    signedBy(creator)(
      openTokenAccount({ buyer: creator.address, payer: creator.address }, stock, mint.address, tokenProgram),
    ),
    getMintToInstruction(
      { mint: mint.address, token: stock, mintAuthority: creator, amount: SUPPLY },
      { programAddress: tokenProgram },
    ),
  ]);
  const given = { creator: creator.address, mint: mint.address, tokenProgram };
  const { instructions } = await newPool({ ...given, tokens: SUPPLY / 2n, lamports: POOL_LAMPORTS });
  await chain.send(instructions.map(signedBy(creator)));
  await sleep(POOL_OPENS_MS);
  return mint.address;
}

/**
 * Launches a token on a venue's real program, which the localnet must have loaded.
 *
 * @returns the mint's address
 * @throws `CTO_E_LOCALNET_FAILED` if the localnet lacks the program; `CTO_E_DESK_FAILED` if a transaction fails
 * @example
 * const mint = await launchToken(localnet.rpcUrl, "pumpfun");
 */
export const launchToken = async (
  rpcUrl: string,
  venue: LaunchVenue,
  kind: "token" | "token-2022" = "token-2022",
): Promise<Address> => {
  const creator = await generateKeyPairSigner();
  const chain = createDeskChain(rpcUrl, creator);
  const [program] = await chain.accounts([PROGRAM_OF[venue]]);
  if (program == null) {
    const reason = `it has no ${venue} program; start it with --programs, see cto programs`;
    throw new CTOError("CTO_E_LOCALNET_FAILED", { reason });
  }
  await chain.airdrop(CREATOR_LAMPORTS);
  if (venue === "cpmm")
    return launchPool(chain, creator, kind === "token" ? TOKEN_PROGRAM_ADDRESS : TOKEN_2022_PROGRAM);
  const { mint, instructions } = await newCoin(creator, kind);
  await chain.send(instructions);
  return mint;
};
