/** Determines which venues we try, and in which order, for the requested platform. */
import type { Address, Detection, Platform, VenueCode } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";

/** The order of venues by the venue at which the token trades. */
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

/** If the caller named no venue, the canonical pool is first. It is passed over if the aggregator is better. */
const CANONICAL_FIRST = ["pumpswap", "jupiter"] as const;

/**
 * Returns the venues for a token, best first. The requested platform is a preference: we use it if that venue trades
 * the token, otherwise detection decides. Never empty.
 *
 * @throws `CTO_E_TOKEN_MIGRATING` if no venue trades the token at the moment; a requested `jupiter` or `unknown` is
 * tried nevertheless
 * @example
 * routeFor("auto", mint, { platform: "pumpfun", trading: ["pumpfun"], notes: [] }); // ["pumpfun", "jupiter"]
 */
export const routeFor = (
  requested: Platform,
  mint: Address,
  { platform, trading, notes }: Detection,
): readonly VenueCode[] => {
  if (requested === "jupiter" || requested === "unknown") return ROUTES[requested];
  if (requested !== "auto" && trading.includes(requested)) return ROUTES[requested];
  if (requested === "auto" && platform === "pumpswap") return CANONICAL_FIRST;
  if (platform !== "migrating") return ROUTES[platform];
  throw new CTOError("CTO_E_TOKEN_MIGRATING", {
    mint,
    reason: notes[0] ?? "it is between two venues",
  });
};
