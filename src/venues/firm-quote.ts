/**
 * Reads a firm quote from an answer of the localnet's desk: a plain token transfer out of its escrow, paid by a plain
 * SOL transfer.
 */
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import type { FirmQuote } from "../engine/ports.ts";
import type { BuildAnswer } from "./jupiter-answer.ts";
import { TOKEN_PROGRAMS } from "./token-layout.ts";

/** Returns null for a swap by a program. */
export const firmQuoteOf = ({ swapInstruction, setupInstructions }: BuildAnswer): FirmQuote | null => {
  if (!TOKEN_PROGRAMS.includes(swapInstruction.programAddress)) return null;
  const payment = setupInstructions.find(({ programAddress }) => programAddress === SYSTEM_PROGRAM_ADDRESS);
  const [escrow, payee] = [swapInstruction.accounts[0]?.address, payment?.accounts[1]?.address];
  return escrow === undefined || payee === undefined ? null : { escrow, payee };
};
