/**
 * P2: compares the effects of a simulated buy, on everything that its wallets own, with the purpose of the buy.
 * `delivery.ts` checks what is bought. This file checks that nothing else leaves: lamports, token accounts, and the
 * rights over them.
 */
import { CTOError } from "../../errors/index.ts";
import { SYSTEM_PROGRAM } from "../cluster/opening.ts";
import type { AccountEffect, Address } from "../ports.ts";

const WRAPPED_SOL_MINT = "So11111111111111111111111111111111111111112" as Address;

/** The purpose of the buy. */
export type Meant = {
  readonly buyer: Address;
  /** The wallet that pays for it: the buyer, or the funding wallet. */
  readonly payer: Address;
  /** The signers: the buyer and the payer. */
  readonly signers: readonly Address[];
  /** Every wallet of the operation. */
  readonly wallets: readonly Address[];
  /** The most lamports that may leave the signers and their token accounts together. */
  readonly mayLeave: bigint;
  /** The token accounts that the buyer already had and that the buy may write. */
  readonly accounts: readonly (Address | undefined)[];
  /** The mints of the tokens on an aggregator's way. The buy may write the buyer's accounts of these. */
  readonly onTheWay: readonly Address[];
  /**
   * Set if a third party built the swap: the only accounts, besides tokens, that it may write although they name the
   * buyer.
   */
  readonly ownAtMarkets?: readonly Address[];
};

const isLost = ({ after }: AccountEffect): boolean => after.token === null;

/**
 * Says whether a token account of the buyer has no place in its buy. We refuse it even if the simulation leaves it as it
 * was, because the program that gets it may be another one when the transaction lands.
 */
const whyNamed = ({ address, before: { token } }: AccountEffect, meant: Meant): string | null => {
  if (token === null || meant.accounts.includes(address) || meant.onTheWay.includes(token.mint)) return null;
  return `it touches ${address}, which the buyer holds and which is not for this buy`;
};

/** Says what is wrong with a token account of the buyer; null if nothing is. */
const whyNotKept = (effect: AccountEffect, buyer: Address): string | null => {
  const { address, before, after } = effect;
  const mint = before.token?.mint ?? after.token?.mint;
  if (isLost(effect)) {
    // The account was wrapped for this buy; `leaving` and `leavingBuyer` count its lamports.
    return mint === WRAPPED_SOL_MINT ? null : `the token account ${address} would be gone`;
  }
  const { token } = after;
  if (token === null) return null;
  if (token.owner !== buyer || (before.token !== null && before.token.owner !== buyer))
    return `the token account ${address} would change hands`;
  if (before.token !== null && before.token.mint !== token.mint) return `${address} would hold another token`;
  if (token.delegate !== null) return `${token.delegate} could spend from the token account ${address}`;
  if (token.closeAuthority !== null && token.closeAuthority !== buyer)
    return `${token.closeAuthority} could close the token account ${address}`;
  const lost = (before.token?.amount ?? 0n) - token.amount;
  if (lost > 0n && mint !== WRAPPED_SOL_MINT) return `${lost} token units would leave ${address}`;
  return null;
};

/**
 * Says whether a third party's swap writes something that may be the buyer's, but is neither lamports nor tokens: a
 * stake, a nonce account, a share in a multisig, a loan. Under most programs the account's data name its holder. An
 * account that the swap itself opens takes nothing from anybody.
 */
const whyOfAnotherKind = ({ address, before, after }: AccountEffect, meant: Meant): string | null => {
  const { buyer, wallets, ownAtMarkets } = meant;
  const isOfTokens = before.token !== null || after.token !== null;
  if (ownAtMarkets === undefined || isOfTokens || before.lamports === 0n || wallets.includes(address))
    return null;
  if (after.lamports === 0n) return `it closes ${address}, which a swap does not need`;
  if (after.program === SYSTEM_PROGRAM && after.hasData) return `it touches ${address}, a nonce account`;
  const isNamed = after.names?.includes(buyer) === true && !ownAtMarkets.includes(address);
  return isNamed ? `it touches ${address}, which names the buyer and is not for this buy` : null;
};

const tokenOwners = ({ before, after }: AccountEffect): Address[] =>
  [before.token?.owner, after.token?.owner].filter((owner) => owner !== undefined);

const whyWrong = (effect: AccountEffect, meant: Meant): string | null => {
  const { buyer, signers, wallets } = meant;
  const { address, after } = effect;
  if (wallets.includes(address) && !signers.includes(address))
    return `it touches the wallet ${address}, which does not sign it`;
  if (signers.includes(address) && after.program !== SYSTEM_PROGRAM)
    return `the wallet ${address} would belong to the program ${after.program}`;
  const owners = tokenOwners(effect).filter((owner) => wallets.includes(owner));
  const foreign = owners.find((owner) => owner !== buyer);
  if (foreign !== undefined) return `it touches ${address}, a token account of ${foreign}`;
  if (owners.includes(buyer)) return whyNotKept(effect, buyer) ?? whyNamed(effect, meant);
  return whyOfAnotherKind(effect, meant);
};

/** Returns the lamports that leave the signers and their token accounts together. */
const leaving = (effects: readonly AccountEffect[], signers: readonly Address[]): bigint => {
  const isTheirs = (address: Address, owner: Address | undefined): boolean =>
    signers.includes(address) || (owner !== undefined && signers.includes(owner));
  return effects.reduce((sum, { address, before, after }) => {
    const had = isTheirs(address, before.token?.owner) ? before.lamports : 0n;
    const has = isTheirs(address, after.token?.owner) ? after.lamports : 0n;
    return sum + had - has;
  }, 0n);
};

/**
 * Returns the lamports that leave the buyer, including wrapped ones. The rents of its other accounts are not the
 * buyer's own money.
 */
const leavingBuyer = (effects: readonly AccountEffect[], buyer: Address): bigint => {
  const isWrapped = ({ before, after }: AccountEffect): boolean =>
    [before.token, after.token].some((token) => token?.owner === buyer && token.mint === WRAPPED_SOL_MINT);
  const own = effects.filter((effect) => effect.address === buyer || isWrapped(effect));
  return own.reduce((sum, { before, after }) => sum + before.lamports - after.lamports, 0n);
};

/** Says what else the buy does to what its wallets own; null if nothing. Pure. */
export function unexpectedEffect(effects: readonly AccountEffect[], meant: Meant): string | null {
  for (const effect of effects) {
    const wrong = whyWrong(effect, meant);
    if (wrong !== null) return wrong;
  }
  const fromBuyer = meant.payer === meant.buyer ? 0n : leavingBuyer(effects, meant.buyer);
  if (fromBuyer > 0n) return `${fromBuyer} lamports would leave the buyer, for whom ${meant.payer} pays`;
  const gone = leaving(effects, meant.signers);
  return gone > meant.mayLeave ? `${gone} lamports would leave instead of ${meant.mayLeave} at most` : null;
}

/** @throws `CTO_E_TRANSACTION_EFFECT` */
export function requireEffect(effects: readonly AccountEffect[], meant: Meant): void {
  const reason = unexpectedEffect(effects, meant);
  if (reason !== null) throw new CTOError("CTO_E_TRANSACTION_EFFECT", { wallet: meant.buyer, reason });
}
