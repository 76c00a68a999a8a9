/**
 * Checks the sale of the localnet's desk: a checked transfer out of its escrow, signed by the buyer as the
 * escrow's delegate.
 */
import type { Address } from "@solana/kit";
import type { FirmQuote } from "../engine/ports.ts";
import type { Instruction } from "./message.ts";
import type { SwapScene } from "./swap-scene.ts";

const TRANSFER_CHECKED = 12;

/**
 * Returns null if an account that is not ours pays the buyer at least the least tokens. Otherwise it returns the reason.
 */
export function isFirmSale(
  { accounts, data }: Instruction,
  { escrow, payee }: FirmQuote,
  { mint, token, buyer, leastTokens }: SwapScene,
  own: ReadonlySet<Address>,
): string | null {
  if (own.has(escrow) || own.has(payee)) return "the seller is one of us";
  const meant = [escrow, mint, token, buyer];
  if (accounts.length !== meant.length || accounts.some((account, at) => account !== meant[at]))
    return "it is not a transfer from the escrow to the buyer";
  if (data.length !== 10 || data[0] !== TRANSFER_CHECKED) return "it is not a checked transfer";
  const amount = new DataView(data.buffer, data.byteOffset).getBigUint64(1, true);
  return amount < leastTokens ? `it sells ${amount} token units instead of ${leastTokens}` : null;
}
