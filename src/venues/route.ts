/** Which venues to try, and in which order, for the platform that the caller asked for. */
import type { Platform, VenueCode } from "../engine/ports.ts";

/** Jupiter aggregates every venue named here, so it serves each platform whose own programs are not spoken directly. */
const ROUTES = {
  pumpfun: ["jupiter"],
  bonk: ["jupiter"],
  pumpswap: ["jupiter"],
  cpmm: ["jupiter"],
  meteora: ["jupiter"],
  heaven: ["jupiter"],
  jupiter: ["jupiter"],
  unknown: ["jupiter"],
  auto: ["jupiter"],
} as const satisfies Record<Platform, readonly [VenueCode, ...VenueCode[]]>;

/**
 * The venues for a platform, best first. Never empty.
 *
 * @example
 * routeFor("auto"); // ["jupiter"]
 */
export const routeFor = (platform: Platform): readonly VenueCode[] => ROUTES[platform];
