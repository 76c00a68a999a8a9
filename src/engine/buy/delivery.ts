/**
 * What a simulated buy delivers: a venue's program that takes the least amount for something else, or pays to another
 * account than the wallet's own, is found before anything is signed.
 */
import { CTOError } from "../../errors/index.ts";
import type { Address, Buy, Holdings, Simulation, Survey } from "../ports.ts";

/** What a wallet held when the token was surveyed. @throws `CTO_E_INTERNAL` for a wallet that was not */
export function holdingsOf(survey: Pick<Survey, "owners">, owner: Address): Holdings {
  const holdings = survey.owners.get(owner);
  if (holdings !== undefined) return holdings;
  throw new CTOError("CTO_E_INTERNAL", { reason: `${owner} was not surveyed` });
}

/**
 * The wallet's own token account must have received what its transaction asks for at least, in token base units.
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
 * The same of a simulation that tells what the account held just before.
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
