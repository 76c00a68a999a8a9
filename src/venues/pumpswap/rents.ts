/**
 * Calculates the rents that a PumpSwap buy takes from the buyer, for the accounts that its program opens or extends.
 */
import type { Address } from "../../engine/ports.ts";
import { NOBODY } from "../bytes.ts";
import { opens, USER_VOLUME_BYTES } from "../pump-rents.ts";
import { TOKEN_ACCOUNT_SIZE } from "../token-layout.ts";
import type { DirectBuy } from "../venue.ts";
import type { PumpswapMarket } from "./market.ts";
import { creatorVaultAuthorityOf, userVolumeOf, wrappedOf } from "./program.ts";

/** The end of the last field that the newer trades write (`creator_fees`, u64 at 279). */
const POOL_WITH_KEPT_FEES = 287n;
/**
 * `POOL_ACCOUNT_NEW_SIZE` of @pump-fun/pump-swap-sdk 1.20.0: the program extends shorter pools to at most this size.
 */
const POOL_GROWN = 300n;

type Rents = (market: PumpswapMarket, buy: DirectBuy) => Promise<bigint>;

/** The account that receives a creator's share of the fees. */
export const creatorAccountOf = async (creator: Address): Promise<Address> =>
  wrappedOf(await creatorVaultAuthorityOf(creator));

/** The account that stores the returned fees for a buyer. */
export const cashbackAccountOf = async (buyer: Address): Promise<Address> =>
  wrappedOf(await userVolumeOf(buyer));

const volumeRent = async (buy: DirectBuy): Promise<bigint> =>
  opens(buy, await userVolumeOf(buy.buyer), USER_VOLUME_BYTES);

/** The first buy after the upgrade that keeps fees in the pool pays for the bytes that store the fees. */
export const rentsOfV2: Rents = async ({ poolBytes }, buy) => {
  const growth = poolBytes < POOL_WITH_KEPT_FEES ? (POOL_GROWN - poolBytes) * buy.lamportsPerByte : 0n;
  return growth + (await volumeRent(buy));
};

/** Source: doc comment of `buy_exact_quote_in` in the IDL named in program.ts. */
export const rentsOfOlder: Rents = async ({ creator, isCashback }, buy) => {
  const creatorAccount = await creatorAccountOf(creator ?? NOBODY);
  const cashback = isCashback ? opens(buy, await cashbackAccountOf(buy.buyer), TOKEN_ACCOUNT_SIZE) : 0n;
  return (await volumeRent(buy)) + opens(buy, creatorAccount, TOKEN_ACCOUNT_SIZE) + cashback;
};
