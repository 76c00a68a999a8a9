/** A market that was opened for an operation, and the state of the operation that its opening needs. */
import type { Limits } from "../limits/limits.ts";
import type { Costs, Decision, Detection, MessageFormat, NewLeg, OpenVenue, PriceCheck } from "../ports.ts";
import type { LegToBuy } from "./anchor.ts";
import type { Payers, Sizing } from "./draft.ts";
import type { Cap } from "./max-price.ts";

/** A venue that was opened for an operation, with everything that its legs share. */
export type Market = Sizing & {
  readonly open: OpenVenue;
  readonly detection: Detection;
  /** The result of its price check. */
  readonly price: PriceCheck;
  /** The fewest tokens that the caller's cap on the price allows. */
  readonly cap: Cap;
  /** The costs of a leg's first attempt for its payer, according to the survey. */
  readonly costsOf: (leg: NewLeg) => Costs;
  readonly limits: Limits;
};

/** A market without the fields that come from the route and the operation. */
export type Sized = Omit<Market, "detection" | "limits" | "price" | "cap">;

/** The state of the operation that opening a market needs. */
export type MarketContext = {
  /** The legs that have not landed yet. */
  readonly legs: readonly LegToBuy[];
  readonly legCount: number;
  readonly payers: Payers;
  readonly limits: Limits;
  /** The transaction format that the cluster and every signer support. */
  readonly format: MessageFormat;
  /** Called with each decision about the route's venues. */
  decided?(decision: Decision): Promise<void>;
};
