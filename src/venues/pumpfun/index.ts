/** Defines the `pumpfun` venue: coins on pump.fun's bonding curve, bought with SOL. */
import type { Address, Fetched } from "../../engine/ports.ts";
import { readAccount } from "../bytes.ts";
import { feeConfigOf, PUMP_FEES_PROGRAM } from "../pump-fees.ts";
import { canonicalPoolOf, POOL } from "../pumpswap/program.ts";
import type { DirectVenue, Reading } from "../venue.ts";
import { instructions } from "./buy.ts";
import { BUY_VERSIONS } from "./buy-versions.ts";
import { type Addresses, type Curve, type PumpfunMarket, readCurve, toMarket } from "./market.ts";
import {
  creatorVaultOf,
  curveOf,
  eventAuthority,
  globalAddress,
  globalVolume,
  PUMP_ERRORS,
  PUMP_PROGRAM,
  userVolumeOf,
} from "./program.ts";
import { after, quote } from "./quote.ts";

type Known = Addresses & { readonly curve: Address; readonly pool: Address };

const addressesOf = async (mint: Address): Promise<Known> => {
  const [curve, pool, global, feeConfig] = await Promise.all([
    curveOf(mint),
    canonicalPoolOf(mint),
    globalAddress(),
    feeConfigOf(PUMP_PROGRAM),
  ]);
  return { curve, pool, global, feeConfig };
};

/**
 * Returns whether a migration has emptied the curve. Before a migration, the virtual reserves are above zero, even
 * when the real ones are sold out.
 */
const isEmptied = ({ virtualTokens, virtualLamports, realTokens, realLamports }: Curve): boolean =>
  virtualTokens + virtualLamports + realTokens + realLamports === 0n;

const graduated = (fetched: Fetched, curve: Curve, pool: Address): Reading<PumpfunMarket> => {
  if (readAccount(fetched.accounts.get(pool), POOL) !== null)
    return { state: "graduated", to: "pumpswap", pool };
  // The coin went to Raydium, before PumpSwap existed, or to a pool with another quote token. The aggregator can find
  // where it trades.
  if (isEmptied(curve)) return { state: "graduated", to: "jupiter" };
  return { state: "migrating", reason: "its curve is complete and its PumpSwap pool is not there yet" };
};

const readOpen = (mint: Address, fetched: Fetched, curve: Curve, known: Known): Reading<PumpfunMarket> => {
  if (!curve.isSolQuoted) return { state: "refused", reason: "its curve is not quoted in SOL" };
  const market = toMarket(mint, fetched, curve, known);
  return market === null
    ? { state: "refused", reason: "pump.fun's global accounts cannot be read" }
    : { state: "trading", market, liquidity: curve.realLamports };
};

export const pumpfun: DirectVenue<PumpfunMarket> = {
  code: "pumpfun",
  kind: () => "only",
  versions: BUY_VERSIONS.map(({ name }) => name),
  accounts: async (mint) => Object.values(await addressesOf(mint)),
  buyerAccounts: async (buyer) => [await userVolumeOf(buyer)],
  more: async (mint, fetched) => {
    const curve = readCurve(fetched.accounts.get(await curveOf(mint)));
    return curve?.creator == null || curve.isComplete ? [] : [await creatorVaultOf(curve.creator)];
  },
  read: async (mint, fetched) => {
    const known = await addressesOf(mint);
    const curve = readCurve(fetched.accounts.get(known.curve));
    if (curve === null) return { state: "none" };
    return curve.isComplete ? graduated(fetched, curve, known.pool) : readOpen(mint, fetched, curve, known);
  },
  quote,
  after,
  instructions,
  stableAccounts: async () => [
    await globalAddress(),
    await eventAuthority(),
    await globalVolume(),
    await feeConfigOf(PUMP_PROGRAM),
    PUMP_PROGRAM,
    PUMP_FEES_PROGRAM,
  ],
  errors: PUMP_ERRORS,
};
