/**
 * Classifies errors for the code that handles them: an outage, a failed read, a reason to try the next venue, or a
 * final refusal.
 */
import { type CTOError, isCTOError } from "./cto-error.ts";
import { type ErrorKind, REGISTRY } from "./registry.ts";

/** An unknown error comes from outside, or from a bug in our code. Both may be temporary. */
const kindOf = (error: unknown): ErrorKind => (isCTOError(error) ? REGISTRY[error.code].kind : "transient");

const OUTAGES: ReadonlySet<ErrorKind> = new Set<ErrorKind>(["transient", "unknown", "venueAway"]);

/** Like {@link isOutage}, for a stored code. */
export const isOutageCode = (code: string): boolean =>
  code in REGISTRY && OUTAGES.has(REGISTRY[code as keyof typeof REGISTRY].kind);

/**
 * Returns whether a later try may succeed, because an outside service is at fault and not the request. This includes a
 * price that could not be checked because the aggregator is unavailable.
 */
export const isOutage = (error: unknown): boolean =>
  OUTAGES.has(kindOf(error)) ||
  (isCTOError(error, "CTO_E_PRICE_UNCHECKED") && isCTOError(error.cause) && isAway(error.cause));

/** R4: a failed read proves nothing. */
export const isUnknown = (error: unknown): error is CTOError => kindOf(error) === "unknown";

/** The venue does not answer now. The next venue may serve; if none does, it is an outage. */
export const isAway = (error: unknown): error is CTOError => kindOf(error) === "venueAway";

/** The transaction exceeds the limits of its version. A shorter route, or funding ahead of the buys, may help. */
export const isOversize = (error: unknown): error is CTOError => kindOf(error) === "oversize";

/** Returns whether to try the next venue of the route, because this one cannot serve. */
export const isPassedOver = (error: unknown): error is CTOError =>
  kindOf(error) === "nextVenue" || isAway(error) || isOversize(error);
