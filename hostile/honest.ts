/** Honest buys, as the engine drafts them from what the real venues answer: what the mutations begin with. */
import { draftBuy } from "../src/engine/buy/draft.ts";
import { SIMULATED_LIFETIME } from "../src/engine/buy/market.ts";
import { meantBuy } from "../src/engine/buy/meant.ts";
import type {
  Address,
  Buy,
  Lamports,
  MeantBuy,
  MessageFormat,
  Mode,
  OpenVenue,
  Survey,
  TransactionDraft,
  VenueCode,
} from "../src/engine/ports.ts";
import { VERSION_ZERO, WIDEST } from "../src/engine/transaction/format.ts";
import { execute } from "./execute.ts";
import type { House } from "./house.ts";
import { compose } from "./stages.ts";

export type Honest = {
  readonly name: string;
  readonly survey: Survey;
  readonly buy: Buy;
  readonly draft: TransactionDraft;
  readonly meant: MeantBuy;
};

const LEG = 1_000_000_000n as Lamports;
const MODES: readonly Mode[] = ["standard", "prefunded"];
const FORMATS: readonly MessageFormat[] = [VERSION_ZERO, WIDEST];

type Way = { readonly mode: Mode; readonly format: MessageFormat };

const draftOf = (
  { wallets }: House,
  { mode, format }: Way,
  name: string,
  survey: Survey,
  buy: Buy,
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
  };
};

/** By the newest instruction that the program here takes; null where it is too long for its version. */
async function fitting(
  house: House,
  way: Way,
  name: string,
  survey: Survey,
  open: OpenVenue,
): Promise<Honest | null> {
  const { buyer, funding } = house.wallets;
  const payer = way.mode === "standard" ? funding : buyer;
  const honest = draftOf(house, way, name, survey, await open.buy({ buyer, payer, lamports: LEG }));
  const unsigned = compose(house, honest, honest.draft);
  if (unsigned === null) return null;
  const { err, logs } = execute(house, unsigned);
  if (err === null) return honest;
  if (open.older === undefined) throw new Error(`${name} fails: ${JSON.stringify(err)} ${logs.join("\n")}`);
  return fitting(house, way, name, survey, open.older);
}

/** The direct venues, and the same pools by way of the aggregator. */
export async function honestBuys(house: House): Promise<[Honest, ...Honest[]]> {
  const { buyer, otherBuyer, funding } = house.wallets;
  const { curve, pool, pool2022 } = house.coins;
  const at: readonly [VenueCode, Address][] = [
    ["pumpfun", curve],
    ["cpmm", pool],
    ["cpmm", pool2022],
    ["jupiter", pool],
    ["jupiter", pool2022],
  ];
  const all: Honest[] = [];
  for (const [venue, mint] of at) {
    const survey = await house.venues.survey(mint, [buyer, otherBuyer, funding]);
    const request = { legs: [LEG, LEG], slippageBps: 100, taker: buyer };
    const open = await house.venues.open(venue, survey, request);
    for (const mode of MODES) {
      for (const format of FORMATS) {
        const name = `${venue} ${mode} v${format.version}`;
        const honest = await fitting(house, { mode, format }, name, survey, open);
        if (honest !== null) all.push(honest);
      }
    }
  }
  const [first, ...rest] = all;
  if (first === undefined) throw new Error("no honest buys");
  return [first, ...rest];
}
