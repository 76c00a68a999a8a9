/** Honest buys, as the engine drafts them from what the real venues answer: what the mutations begin with. */
import { draftBuy, type Sizing } from "../src/engine/buy/draft.ts";
import { meantBuy } from "../src/engine/buy/meant.ts";
import type {
  Address,
  Buy,
  Lamports,
  Leg,
  MeantBuy,
  MessageFormat,
  Mode,
  OpenVenue,
  Survey,
  TransactionDraft,
  VenueCode,
} from "../src/engine/ports.ts";
import { VERSION_ZERO, WIDEST } from "../src/engine/transaction/format.ts";
import { SIMULATED_LIFETIME } from "../src/engine/transaction/simulated.ts";
import { execute } from "./execute.ts";
import type { HostileMarket } from "./market.ts";
import { compose } from "./stages.ts";

export type Honest = {
  readonly name: string;
  readonly survey: Survey;
  readonly buy: Buy;
  readonly draft: TransactionDraft;
  readonly meant: MeantBuy;
  readonly leg: Pick<Leg, "index" | "address" | "lamports">;
  readonly sizing: Sizing;
  readonly open: OpenVenue;
};

const LEG = 1_000_000_000n as Lamports;
const MODES: readonly Mode[] = ["standard", "prefunded"];
const FORMATS: readonly MessageFormat[] = [VERSION_ZERO, WIDEST];

type Way = { readonly mode: Mode; readonly format: MessageFormat };

const draftOf = (
  { wallets }: HostileMarket,
  { mode, format }: Way,
  { name, survey, open, buy }: Pick<Honest, "name" | "survey" | "open" | "buy">,
): Honest => {
  const payers = { funding: mode === "standard" ? { walletId: "f", address: wallets.funding } : null };
  const sizing = { survey, payers, format, computeUnitLimit: 400_000, computeUnitPrice: 1_000n };
  const leg = { index: 1, address: wallets.buyer, lamports: LEG };
  const operation = { id: "op_hostile" };
  return {
    name,
    survey,
    buy,
    draft: { ...draftBuy(operation, 2, leg, buy, sizing), lifetime: SIMULATED_LIFETIME },
    meant: meantBuy(operation, 2, leg, buy, sizing),
    leg,
    sizing,
    open,
  };
};

/** By every instruction that the program here takes; none where it is too long for its version. */
async function* fitting(
  market: HostileMarket,
  way: Way,
  survey: Survey,
  newest: OpenVenue,
): AsyncGenerator<Honest> {
  const { buyer, funding } = market.wallets;
  const payer = way.mode === "standard" ? funding : buyer;
  let open: OpenVenue | undefined = newest;
  for (let older = 0; open !== undefined; older += 1, open = open.older) {
    const name = `${open.venue} ${way.mode} v${way.format.version}${older > 0 ? `, ${older} older` : ""}`;
    const buy = await open.buy({ buyer, payer, lamports: LEG });
    const honest = draftOf(market, way, { name, survey, open, buy });
    const unsigned = compose(market, honest, honest.draft);
    if (unsigned !== null && execute(market, unsigned).err === null) yield honest;
  }
}

/** The direct venues, and CPMM's pools by way of the aggregator. */
export async function honestBuys(market: HostileMarket): Promise<[Honest, ...Honest[]]> {
  const { buyer, otherBuyer, funding } = market.wallets;
  const { curve, pool, pool2022, graduated } = market.coins;
  const at: readonly [VenueCode, Address][] = [
    ["pumpfun", curve],
    ["cpmm", pool],
    ["cpmm", pool2022],
    ["jupiter", pool],
    ["jupiter", pool2022],
    ...(graduated === null ? [] : [["pumpswap", graduated] as [VenueCode, Address]]),
  ];
  const all: Honest[] = [];
  for (const [venue, mint] of at) {
    const survey = await market.venues.survey(mint, [buyer, otherBuyer, funding]);
    const request = { legs: [LEG, LEG], slippageBps: 100, taker: buyer };
    const open = await market.venues.open(venue, survey, request);
    const before = all.length;
    for (const mode of MODES)
      for (const format of FORMATS)
        for await (const honest of fitting(market, { mode, format }, survey, open)) all.push(honest);
    if (all.length === before) throw new Error(`no buy on ${venue} works`);
  }
  const [first, ...rest] = all;
  if (first === undefined) throw new Error("no honest buys");
  return [first, ...rest];
}
