/**
 * Jupiter's program does not look at whom the steps of a direct route pay. This does, on chain: the buyer moves what it held
 * and the least that it must have received from its account to that same account. Nothing changes by it, and the whole
 * transaction fails where less is there.
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
