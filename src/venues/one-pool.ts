/**
 * Chooses one pool for all endpoints. Of a token's pools each endpoint's accounts show one as the best. If two give almost
 * the same, the endpoints' slots decide which, and honest endpoints differ.
 */
import type { Survey } from "../engine/ports.ts";
import { BPS, minimum } from "./integers.ts";
import { factsOf } from "./open-direct.ts";
import type { DirectVenue, Pool } from "./venue.ts";

/**
 * How much worse than its best pool an endpoint may show the chosen one, bps. A liar can move the choice by no more, so
 * this is little, and never more than the slippage.
 */
const NEAR_BPS = 50;

/** A pool, as a text: the same text means the same accounts. */
const nameOf = ({ market }: Pool<unknown>): string => JSON.stringify(factsOf(market));

/**
 * Returns each view's reading of the pool that all views use; null if the views choose the same one by themselves, or if
 * their choices are too far apart. Of the pools that some view shows as the best, it is the one whose lowest reading is
 * highest.
 */
export const chooseOnePool = async (
  venue: Pick<DirectVenue, "pools">,
  views: readonly Survey[],
  slippageBps: number,
): Promise<readonly unknown[] | null> => {
  if (venue.pools === undefined || views.length < 2) return null;
  const { pools } = venue;
  const shown = await Promise.all(
    views.map(async ({ mint, fetched }) => {
      const found = await pools(mint, fetched);
      return new Map(found.map((pool) => [nameOf(pool), pool]));
    }),
  );
  const firsts = new Set(shown.flatMap((view) => [...view.keys()].slice(0, 1)));
  if (firsts.size < 2) return null;
  const within = BPS - BigInt(Math.min(NEAR_BPS, slippageBps));
  const chosen = [...firsts]
    .toSorted()
    .flatMap((name) => {
      const readings = shown.flatMap((view) => {
        const [best] = view.values();
        const pool = view.get(name);
        if (pool === undefined || best === undefined) return [];
        return pool.tokensOut * BPS >= best.tokensOut * within ? [pool] : [];
      });
      if (readings.length < shown.length) return [];
      return [{ readings, least: readings.map(({ tokensOut }) => tokensOut).reduce(minimum) }];
    })
    .reduce<{ readings: Pool<unknown>[]; least: bigint } | null>(
      (best, one) => (best === null || one.least > best.least ? one : best),
      null,
    );
  return chosen?.readings.map(({ market }) => market) ?? null;
};
