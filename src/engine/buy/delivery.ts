/**
 * Checks what a simulated buy delivers. Before anything is signed, it finds a venue program that interprets the least
 * amount differently, or that pays to another account than the wallet's own.
 */
import { CTOError } from "../../errors/index.ts";
import type { Address, Buy, Holdings, Simulation, Survey } from "../ports.ts";

/** Returns what a wallet held at the survey. @throws `CTO_E_INTERNAL` if the wallet was not surveyed */
export function holdingsOf(survey: Pick<Survey, "owners">, owner: Address): Holdings {
  const holdings = survey.owners.get(owner);
  if (holdings !== undefined) return holdings;
  throw new CTOError("CTO_E_INTERNAL", { reason: `${owner} was not surveyed` });
}

/**
 * Requires that the wallet's own token account receives at least the minimum of its transaction, token base units.
 *
 * @throws `CTO_E_TRANSACTION_REFUSED`
 */
export function requireDelivery(
  { minTokensOut }: Pick<Buy, "minTokensOut">,
  { tokenAccount, tokens }: Pick<Holdings, "tokenAccount" | "tokens">,
  { tokensAfter }: Pick<Simulation, "tokensAfter">,
): void {
  requireAtLeast(minTokensOut, (tokensAfter.get(tokenAccount) ?? 0n) - (tokens ?? 0n));
}

/**
 * The same check, for a simulation that returns what the account held just before.
 *
 * @throws `CTO_E_TRANSACTION_REFUSED`
 */
export function requireReceived(
  { minTokensOut }: Pick<Buy, "minTokensOut">,
  tokenAccount: Address | undefined,
  effects: Simulation["effects"],
): void {
  const own = effects.find(({ address }) => address === tokenAccount);
  requireAtLeast(minTokensOut, (own?.after.token?.amount ?? 0n) - (own?.before.token?.amount ?? 0n));
}

function requireAtLeast(minTokensOut: bigint, received: bigint): void {
  if (received >= minTokensOut) return;
  const reason = `the wallet would receive ${received} token units, and asks for ${minTokensOut} at least`;
  throw new CTOError("CTO_E_TRANSACTION_REFUSED", { reason });
}
