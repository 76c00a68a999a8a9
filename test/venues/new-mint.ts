/** Creates a mint for a test under one of the two token programs, with all of its supply in one wallet. */
import { type Address, generateKeyPairSigner, type Instruction, type KeyPairSigner } from "@solana/kit";
import { getCreateAccountInstruction } from "@solana-program/system";
import { getInitializeMint2Instruction, getMintToInstruction } from "@solana-program/token";
import { openTokenAccount, tokenAccountOf } from "../../src/venues/wrapped-sol.ts";
import type { Scene } from "./real-programs.ts";

const MINT_SIZE = 82;
/**
 * The size of a Token-2022 mint with one extension: padding to 165, a type byte, then type, length and 108 bytes of
 * `TransferFeeConfig`.
 */
const MINT_WITH_FEE_SIZE = 166 + 4 + 108;

/**
 * Builds `TransferFeeExtension::InitializeTransferFeeConfig` without authorities: 26, 0, none, none, bps u16, maximum
 * u64.
 */
const initializeFee = (mint: Address, tokenProgram: Address, bps: number, maximum: bigint): Instruction => {
  const data = new Uint8Array(14);
  data[0] = 26;
  const view = new DataView(data.buffer);
  view.setUint16(4, bps, true);
  view.setBigUint64(6, maximum, true);
  return { programAddress: tokenProgram, accounts: [{ address: mint, role: 1 }], data };
};

export const newMint = async (
  scene: Scene,
  owner: KeyPairSigner,
  tokenProgram: Address,
  options: { readonly supply: bigint; readonly transferFeeBps?: number },
): Promise<Address> => {
  const mint = await generateKeyPairSigner();
  const { supply, transferFeeBps } = options;
  const space = transferFeeBps === undefined ? MINT_SIZE : MINT_WITH_FEE_SIZE;
  const ata = await tokenAccountOf(owner.address, mint.address, tokenProgram);
  const config = { programAddress: tokenProgram };
  const instructions: Instruction[] = [
    getCreateAccountInstruction({
      payer: owner,
      newAccount: mint,
      lamports: scene.cluster.rentExemption(BigInt(space)),
      space,
      programAddress: tokenProgram,
    }),
    ...(transferFeeBps === undefined
      ? []
      : [initializeFee(mint.address, tokenProgram, transferFeeBps, 10n ** 15n)]),
    getInitializeMint2Instruction({ mint: mint.address, decimals: 6, mintAuthority: owner.address }, config),
    openTokenAccount({ buyer: owner.address, payer: owner.address }, ata, mint.address, tokenProgram),
    getMintToInstruction({ mint: mint.address, token: ata, mintAuthority: owner, amount: supply }, config),
  ];
  const made = await scene.run(owner, [mint], instructions);
  if (made.err !== null)
    throw new Error(`the mint was not made: ${JSON.stringify(made.err)} ${made.logs.join("\n")}`);
  return mint.address;
};
