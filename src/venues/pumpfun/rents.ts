/**
 * Calculates the rents that a buy on the curve takes from the buyer, for the accounts that the program opens or
 * extends, in lamports.
 */
import { maximum } from "../integers.ts";
import { grows, opens, opensWallet, USER_VOLUME_BYTES } from "../pump-rents.ts";
import type { DirectBuy } from "../venue.ts";
import type { PumpfunMarket } from "./market.ts";
import { creatorVaultOf, userVolumeOf } from "./program.ts";

/**
 * The size of a curve: the end of its last field (`BondingCurve` of pump.fun's public IDL). Every buy brings shorter
 * curves to this size.
 */
const CURVE_GROWN = 166n;
/** The size of a curve at a program that has only the oldest buy (the one of April 2026). */
const OLDER_CURVE = 83n;

const volumeRent = async (buy: DirectBuy): Promise<bigint> =>
  opens(buy, await userVolumeOf(buy.buyer), USER_VOLUME_BYTES);

/**
 * A buy brings the curve to its size, and its rent to the minimum of today, even if the curve has its size already. The
 * reserves and the kept fees are no part of the rent.
 *
 * @param size the size of a curve at the deployed program. It never becomes shorter
 */
const growth = ({ curveBytes, curveRent }: PumpfunMarket, buy: DirectBuy, size: bigint): bigint =>
  grows(buy, maximum(curveBytes, size), curveRent);

const rentsOfPaidOut = async (market: PumpfunMarket, buy: DirectBuy, size: bigint): Promise<bigint> => {
  const { creator } = market;
  const vault = creator === null ? 0n : opensWallet(buy, await creatorVaultOf(creator));
  return growth(market, buy, size) + vault + (await volumeRent(buy));
};

/** A buy that pays the creator at once also opens the creator's vault, if it does not exist. */
export const rentsOfV2 = (market: PumpfunMarket, buy: DirectBuy): Promise<bigint> =>
  rentsOfPaidOut(market, buy, CURVE_GROWN);

/**
 * The oldest buy is taken where the program has no other, or does not serve the coin with another. A curve that is
 * longer than an older program's shows that the program is a newer one.
 */
export const rentsOfFirst = (market: PumpfunMarket, buy: DirectBuy): Promise<bigint> =>
  rentsOfPaidOut(market, buy, market.curveBytes > OLDER_CURVE ? CURVE_GROWN : OLDER_CURVE);

/** A buy that keeps the fees on the curve opens no vault. */
export const rentsOfV3 = async (market: PumpfunMarket, buy: DirectBuy): Promise<bigint> =>
  growth(market, buy, CURVE_GROWN) + (await volumeRent(buy));
