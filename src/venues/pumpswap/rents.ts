/**
 * Calculates the rents that a PumpSwap buy takes from the buyer, for the accounts that its program opens or extends.
 */
import type { Address } from "../../engine/ports.ts";
import { NOBODY } from "../bytes.ts";
import { grows, opens, USER_VOLUME_BYTES } from "../pump-rents.ts";
import { TOKEN_ACCOUNT_SIZE } from "../token-layout.ts";
import type { DirectBuy } from "../venue.ts";
import type { PumpswapMarket } from "./market.ts";
import { creatorVaultAuthorityOf, userVolumeOf, wrappedOf } from "./program.ts";

/**
 * The end of the last field that trades write (`creator_fees`, u64 at 279). Every buy brings a shorter pool to this size;
 * a pool that has it stays as it is.
 */
const POOL_WITH_KEPT_FEES = 287n;

type Rents = (market: PumpswapMarket, buy: DirectBuy) => Promise<bigint>;

/** The account that receives a creator's share of the fees. */
export const creatorAccountOf = async (creator: Address): Promise<Address> =>
  wrappedOf(await creatorVaultAuthorityOf(creator));

/** The account that stores the returned fees for a buyer. */
export const cashbackAccountOf = async (buyer: Address): Promise<Address> =>
  wrappedOf(await userVolumeOf(buyer));

const volumeRent = async (buy: DirectBuy): Promise<bigint> =>
  opens(buy, await userVolumeOf(buy.buyer), USER_VOLUME_BYTES);

const growth = ({ poolBytes, poolRent }: PumpswapMarket, buy: DirectBuy): bigint =>
  poolBytes < POOL_WITH_KEPT_FEES ? grows(buy, POOL_WITH_KEPT_FEES, poolRent) : 0n;

/** The first buy after the upgrade that keeps fees in the pool pays for the bytes that store the fees. */
export const rentsOfV2: Rents = async (market, buy) => growth(market, buy) + (await volumeRent(buy));

/** Source: doc comment of `buy_exact_quote_in` in the IDL named in program.ts. */
export const rentsOfOlder: Rents = async (market, buy) => {
  const { creator, isCashback } = market;
  const creatorAccount = opens(buy, await creatorAccountOf(creator ?? NOBODY), TOKEN_ACCOUNT_SIZE);
  const cashback = isCashback ? opens(buy, await cashbackAccountOf(buy.buyer), TOKEN_ACCOUNT_SIZE) : 0n;
  return growth(market, buy) + (await volumeRent(buy)) + creatorAccount + cashback;
};
