/** What an error means for whoever got it: worth waiting, no answer at all, a matter for the next venue, or final. */
import { type CTOError, isCTOError } from "./cto-error.ts";
import { type ErrorKind, REGISTRY } from "./registry.ts";

/** An error that is none of ours is a fault of the world around, or a mistake of the code: both may pass. */
const kindOf = (error: unknown): ErrorKind => (isCTOError(error) ? REGISTRY[error.code].kind : "transient");

const OUTAGES: ReadonlySet<ErrorKind> = new Set<ErrorKind>(["transient", "unknown", "venueAway"]);

/** As {@link isOutage}, of a code that was stored. */
export const isOutageCode = (code: string): boolean =>
  code in REGISTRY && OUTAGES.has(REGISTRY[code as keyof typeof REGISTRY].kind);

/**
 * Worth trying again later: the world around is at fault, not what was asked for. A price that could not be checked because
 * the aggregator is away may be checked later.
 */
export const isOutage = (error: unknown): boolean =>
  OUTAGES.has(kindOf(error)) ||
  (isCTOError(error, "CTO_E_PRICE_UNCHECKED") && isCTOError(error.cause) && isAway(error.cause));

/** R4: a read that failed proves nothing. */
export const isUnknown = (error: unknown): error is CTOError => kindOf(error) === "unknown";

/** The venue does not answer now: the next one may serve, and if none does it is an outage. */
export const isAway = (error: unknown): error is CTOError => kindOf(error) === "venueAway";

/** The transaction exceeds what its version may hold: a shorter route, or funding ahead of the buys, may help. */
export const isOversize = (error: unknown): error is CTOError => kindOf(error) === "oversize";

/** "Not here": the next venue of the route may serve. */
export const isPassedOver = (error: unknown): error is CTOError =>
  kindOf(error) === "nextVenue" || isAway(error) || isOversize(error);
