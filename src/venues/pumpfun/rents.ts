/**
 * Calculates the rents that a buy on the curve takes from the buyer, for the accounts that the program opens or
 * extends, in lamports.
 */
import { opens, USER_VOLUME_BYTES } from "../pump-rents.ts";
import type { DirectBuy } from "../venue.ts";
import type { PumpfunMarket } from "./market.ts";
import { creatorVaultOf, userVolumeOf } from "./program.ts";

/** A creator's vault is an account without data. */
const CREATOR_VAULT_BYTES = 0;
/**
 * The end of a curve's last field (`BondingCurve` of pump.fun's public IDL). The program extends shorter curves to
 * this size.
 */
const CURVE_GROWN = 166n;

const volumeRent = async (buy: DirectBuy): Promise<bigint> =>
  opens(buy, await userVolumeOf(buy.buyer), USER_VOLUME_BYTES);

/** A buy that pays the creator at once also opens the creator's vault, if it does not exist. */
export const rentsOfPaidOut = async ({ creator }: PumpfunMarket, buy: DirectBuy): Promise<bigint> => {
  const vault = creator === null ? 0n : opens(buy, await creatorVaultOf(creator), CREATOR_VAULT_BYTES);
  return vault + (await volumeRent(buy));
};

/** A buy that keeps the fees on the curve pays for the bytes that store the fees. */
export const rentsOfV3 = async ({ curveBytes }: PumpfunMarket, buy: DirectBuy): Promise<bigint> => {
  const growth = curveBytes < CURVE_GROWN ? (CURVE_GROWN - curveBytes) * buy.lamportsPerByte : 0n;
  return growth + (await volumeRent(buy));
};
