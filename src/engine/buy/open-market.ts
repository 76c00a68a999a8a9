/** Opens a market for an operation: the venue is chosen, and its transactions are sized. */
import type { Operation, Ports, Survey } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { createPriceReader } from "./compute-price.ts";
import type { Market, MarketContext } from "./market.ts";
import { simulateSize } from "./simulate-size.ts";
import { takeFirst } from "./take-first.ts";

/**
 * Opens a market for the legs that have not landed: the first venue of the route that quotes the whole operation
 * within its limits and whose sample transaction passes a simulation. A wrong assumption about a venue's program is
 * therefore found before anything is signed.
 *
 * @throws `CTO_E_TOKEN_MIGRATING`, `CTO_E_WALLET_SHORT_OF_FUNDS`, and the refusals of the route's venues:
 * `CTO_E_NO_ROUTE`, `CTO_E_NO_LIQUIDITY`, `CTO_E_PRICE_IMPACT_ABOVE_LIMIT`, `CTO_E_PRICE_MOVED`,
 * `CTO_E_PRICE_ABOVE_MAX`, `CTO_E_PRICE_DEVIATES`, `CTO_E_PRICE_UNCHECKED`, `CTO_E_TRANSFER_FEE_ABOVE_LIMIT`,
 * `CTO_E_POLICY_REFUSED`, `CTO_E_TRANSACTION_REFUSED`, `CTO_E_TRANSACTION_EFFECT`, `CTO_E_TRANSACTION_TOO_LARGE` and
 * similar errors, `CTO_E_VENUE_UNAVAILABLE`
 */
export const openMarket = (
  ports: Pick<Ports, "venues" | "chain" | "policy">,
  settings: EngineSettings,
  operation: Pick<Operation, "id" | "request">,
  survey: Survey,
  context: MarketContext,
): Promise<Market> => {
  const priceOf = createPriceReader(ports.chain);
  return takeFirst(ports, operation.request, survey, context, (opened) =>
    simulateSize(ports, settings, { operation, survey, context, priceOf }, opened),
  );
};
