/**
 * Checks on chain that the buyer received the tokens. Jupiter's program does not check the receivers in the steps of
 * a direct route.
 *
 * The added instruction transfers tokens from the buyer's account to the same account: the amount that the buyer held
 * before plus the least amount of the buy. It changes nothing, but the whole transaction fails if the account holds
 * less.
 */
import { createNoopSigner } from "@solana/kit";
import { getTransferCheckedInstruction } from "@solana-program/token";
import type { Address, Instruction, Survey } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

type Facts = Pick<Survey, "mint" | "decimals" | "tokenProgram" | "owners">;

export const proofOfDelivery = (
  { mint, decimals, tokenProgram, owners }: Facts,
  buyer: Address,
  leastTokens: bigint,
): Instruction => {
  const held = owners.get(buyer);
  if (held === undefined) throw new CTOError("CTO_E_INTERNAL", { reason: `${buyer} was not surveyed` });
  const { tokenAccount, tokens } = held;
  return getTransferCheckedInstruction(
    {
      source: tokenAccount,
      mint,
      destination: tokenAccount,
      authority: createNoopSigner(buyer),
      amount: (tokens ?? 0n) + leastTokens,
      decimals,
    },
    { programAddress: tokenProgram },
  );
};
