/**
 * Defines the `meteora` venue: tokens on Meteora's dynamic bonding curve, and in the DAMM v2 pool that follows it.
 *
 * A curve's address depends on its partner's configuration, so we search for it once and then remember it. The pool's
 * address can be derived.
 */
import { type Address, CLOCK_SYSVAR, type Fetched, type Found } from "../../engine/ports.ts";
import type { DirectVenue, Reading } from "../venue.ts";
import { requireSame } from "../views.ts";
import { BUY_VERSIONS, instructions } from "./buy.ts";
import { DAMM_ERRORS, dammPoolsOf, readDamm } from "./damm.ts";
import { DAMM_AUTHORITY, DAMM_PROGRAM, dammEventAuthority } from "./damm-program.ts";
import { isOpen, isTransferHookPool, type MeteoraMarket, readPool, stateOf, toMarket } from "./market.ts";
import {
  BASE_MINT_OFFSET,
  curveAddressOf,
  DBC_ERRORS,
  DBC_PROGRAM,
  eventAuthority,
  POOL_AUTHORITY,
} from "./program.ts";
import { after, quote } from "./quote.ts";

/** The most entries of each of the two caches; a full cache drops the oldest. */
const KEPT = 1_000;
/** How long we do not repeat a search that found nothing, ms. */
const ABSENT_MS = 60_000;

const remember = <Value>(known: Map<Address, Value>, mint: Address, value: Value): void => {
  known.delete(mint);
  known.set(mint, value);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
};

const readCurve = async (
  mint: Address,
  fetched: Fetched,
  known: Address | undefined,
): Promise<Reading<MeteoraMarket>> => {
  const account = known === undefined ? null : fetched.accounts.get(known);
  const pool = readPool(account, mint);
  if (known === undefined || pool === null) return { state: "none" };
  if (isTransferHookPool(account)) return { state: "refused", reason: "its mint has a transfer hook" };
  const reading = stateOf(pool) ?? toMarket(mint, fetched, known, pool);
  if (reading.state !== "trading") return reading;
  const isOwn = known === (await curveAddressOf(mint, reading.market.config));
  return { ...reading, market: { ...reading.market, isOwn } };
};

const onlyCurves = ({ accounts, ...found }: Found, mint: Address): Found => ({
  ...found,
  accounts: new Map([...accounts].filter(([, account]) => readPool(account, mint) !== null)),
});

/**
 * Returns the curve that all endpoints have found; null if none has found any.
 *
 * @throws `CTO_E_ENDPOINTS_DISAGREE`: the curve sets the price, so no single endpoint may choose or hide it (P5)
 */
const agreedCurve = (mint: Address, found: readonly Found[]): Address | null => {
  const answers = found.map(({ endpoint, accounts }) => ({
    endpoint,
    curves: [...accounts.keys()].toSorted(),
  }));
  requireSame(
    `which curve ${mint} has at meteora`,
    answers.map(({ endpoint, curves }) => ({ endpoint, says: curves.join(", ") || "none" })),
  );
  return answers[0]?.curves[0] ?? null;
};

export const createMeteora = (now: () => number = Date.now): DirectVenue<MeteoraMarket> => {
  const pools = new Map<Address, Address>();
  const absent = new Map<Address, number>();
  const doubted = new Map<Address, true>();
  /**
   * Has the search repeated if there is no such curve: the endpoints of a search may be wrong. The curve stays known until
   * then, because one endpoint that does not show it must not hide it from the readings of the others (P5).
   */
  const doubtWrong = (mint: Address, { accounts }: Fetched): void => {
    const known = pools.get(mint);
    if (known === undefined || !accounts.has(known)) return;
    if (readPool(accounts.get(known), mint) === null) remember(doubted, mint, true);
  };
  return {
    code: "meteora",
    kind: ({ isOwn }) => (isOwn ? "only" : "openToAll"),
    versions: BUY_VERSIONS.map(({ name }) => name),
    accounts: async (mint) => {
      const curve = pools.get(mint);
      return [CLOCK_SYSVAR, ...(await dammPoolsOf(mint)), ...(curve === undefined ? [] : [curve])];
    },
    discover: async (find, mint) => {
      const isKnown = pools.has(mint) && !doubted.has(mint);
      if (isKnown || (absent.get(mint) ?? 0) > now()) return [];
      const memcmp = [{ offset: BASE_MINT_OFFSET, bytes: mint }];
      const found = (await find(DBC_PROGRAM, { memcmp })).map((one) => onlyCurves(one, mint));
      const curve = agreedCurve(mint, found);
      doubted.delete(mint);
      if (curve === null) {
        pools.delete(mint);
        remember(absent, mint, now() + ABSENT_MS);
        return [];
      }
      remember(pools, mint, curve);
      return found;
    },
    more: async (mint, fetched) => {
      const known = pools.get(mint);
      const pool = known === undefined ? null : readPool(fetched.accounts.get(known), mint);
      return pool === null || !isOpen(pool) ? [] : [pool.address(72)];
    },
    read: async (mint, fetched) => {
      doubtWrong(mint, fetched);
      const curve = await readCurve(mint, fetched, pools.get(mint));
      if (curve.state !== "none" && curve.state !== "graduated") return curve;
      const readings = (await dammPoolsOf(mint)).map((pool) => readDamm(mint, fetched, pool));
      const trading = readings.find(({ state }) => state === "trading");
      return trading ?? readings.find(({ state }) => state === "refused") ?? curve;
    },
    quote,
    after,
    instructions,
    stableAccounts: async () => [
      DBC_PROGRAM,
      POOL_AUTHORITY,
      await eventAuthority(),
      DAMM_PROGRAM,
      DAMM_AUTHORITY,
      await dammEventAuthority(),
    ],
    errors: DBC_ERRORS,
    furtherErrors: DAMM_ERRORS,
  };
};
