/** Which venues to try, and in which order, for the platform that the caller asked for. */
import type { Address, Detection, Platform, VenueCode } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

/** The order for a token that trades at a venue. */
const ROUTES = {
  pumpfun: ["pumpfun", "jupiter"],
  bonk: ["bonk", "jupiter"],
  pumpswap: ["jupiter", "pumpswap"],
  cpmm: ["cpmm", "jupiter"],
  meteora: ["meteora", "jupiter"],
  heaven: ["heaven", "jupiter"],
  jupiter: ["jupiter"],
  unknown: ["jupiter", "pumpswap", "pumpfun"],
} as const satisfies Record<VenueCode | "unknown", readonly [VenueCode, ...VenueCode[]]>;

/** Where nobody has named a venue, the canonical pool goes first: it makes way for an aggregator that is better. */
const CANONICAL_FIRST = ["pumpswap", "jupiter"] as const;

/**
 * The venues for a token, best first. What the caller asked for is a preference: it holds when that venue trades the
 * token; otherwise detection decides. Never empty.
 *
 * @throws `CTO_E_TOKEN_MIGRATING` when no venue trades it at the moment; `jupiter`, asked for, is tried all the same
 * @example
 * routeFor("auto", mint, { platform: "pumpfun", trading: ["pumpfun"], notes: [] }); // ["pumpfun", "jupiter"]
 */
export const routeFor = (
  asked: Platform,
  mint: Address,
  { platform, trading, notes }: Detection,
): readonly VenueCode[] => {
  if (asked === "jupiter" || asked === "unknown") return ROUTES[asked];
  if (asked !== "auto" && trading.includes(asked)) return ROUTES[asked];
  if (asked === "auto" && platform === "pumpswap") return CANONICAL_FIRST;
  if (platform !== "migrating") return ROUTES[platform];
  throw new CTOError("CTO_E_TOKEN_MIGRATING", {
    mint,
    reason: notes[0] ?? "it is between two venues",
  });
};
