/**
 * Calculates what an operation's transactions cost besides the buys, and checks that each paying wallet holds enough
 * before the first of them.
 */
import { priorityFee } from "../../base/transaction-limits.ts";
import { CTOError } from "../../errors/index.ts";
import { walletMinimum } from "../cluster/cluster-facts.ts";
import type { Address, ClusterFacts, Costs, Lamports, Mode, NewLeg, Survey } from "../ports.ts";

/** Lamports per signature: the base fee of the Solana protocol. */
export const LAMPORTS_PER_SIGNATURE = 5_000n;

/** The most compute units that a transaction may request. The first simulation uses this limit. */
export const MAX_COMPUTE_UNITS = 1_400_000;

/**
 * Returns the price of the next attempt after `expired` attempts of its step: half as much again for each, at most
 * the cap. Micro-lamports per compute unit, rounded up.
 *
 * This is the only way to a higher fee. An attempt that may still land is only sent again unchanged.
 *
 * @example
 * raisePrice(1_000n, 2, 10_000n); // 2_250n
 */
export function raisePrice(microLamportsPerUnit: bigint, expired: number, cap: bigint): bigint {
  let price = microLamportsPerUnit;
  for (let raised = 0; raised < expired; raised += 1) price = (price * 3n + 1n) / 2n;
  return price < cap ? price : cap;
}

/** The rate for calculating rents. */
type Rate = Pick<ClusterFacts, "lamportsPerByte">;

/**
 * Returns the least that a transaction may leave in a wallet, unless it leaves nothing: the rent-exempt minimum, but
 * not more than the wallet had before (SIMD-0392), because rents may have risen since.
 */
export const leastKept = (rate: Rate, before: bigint): bigint => {
  const minimum = walletMinimum(rate);
  return before > 0n && before < minimum ? before : minimum;
};

/**
 * Returns what must stay in a buyer wallet in `standard` mode, so that its balance does not end between zero and the
 * least that it may keep. Lamports that come back to the buyer within the transaction count.
 */
export const reserveFor = (rate: Rate, buyerLamports: bigint, transientLamports: bigint): bigint => {
  const missing = leastKept(rate, buyerLamports) - buyerLamports - transientLamports;
  return missing > 0n ? missing : 0n;
};

export type LegShape = {
  readonly mode: Mode;
  readonly cluster: Rate;
  readonly rentLamports: bigint;
  readonly buyerRentLamports: bigint;
  readonly transientLamports: bigint;
  readonly buyerLamports: bigint;
  readonly computeUnitLimit: number;
  readonly computeUnitPrice: bigint;
};

/**
 * Returns the costs of one leg's transaction. In `standard` mode two wallets sign, and what stays with the buyer is a
 * cost.
 */
export function legCosts(shape: LegShape): Costs {
  const standard = shape.mode === "standard";
  const kept = standard
    ? reserveFor(shape.cluster, shape.buyerLamports, shape.transientLamports) + shape.transientLamports
    : 0n;
  return {
    network: ((standard ? 2n : 1n) * LAMPORTS_PER_SIGNATURE) as Lamports,
    priority: priorityFee(shape.computeUnitLimit, shape.computeUnitPrice) as Lamports,
    rent: (shape.rentLamports + shape.buyerRentLamports + kept) as Lamports,
  };
}

export type Shortage = { address: Address; has: bigint; needs: bigint; lacks: bigint };

/**
 * Returns a shortage if `has` is less than `needs`.
 *
 * @param enough the amount that the error names: it suffices, and may be more than this check requires
 */
const shortage = (address: Address, has: bigint, needs: bigint, enough = needs): Shortage[] =>
  has >= needs ? [] : [{ address, has, needs: enough, lacks: enough - has }];

export function largest(amounts: readonly bigint[]): bigint {
  let found = 0n;
  for (const amount of amounts) if (amount > found) found = amount;
  return found;
}

/** Returns what a leg takes from its payer, lamports. */
export const needOf = ({ lamports }: Pick<NewLeg, "lamports">, shape: LegShape): bigint => {
  const costs = legCosts(shape);
  const lent = shape.mode === "standard" ? 0n : shape.transientLamports;
  return lamports + costs.network + costs.priority + costs.rent + lent;
};

/**
 * The costs of a leg's transaction before they are known exactly. `least`: the minimum, as far as we know. `enough`:
 * what it may cost with another instruction of the venue, or with more compute units.
 */
export type LegShapes = { readonly least: LegShape; readonly enough: readonly LegShape[] };

/**
 * Checks, before the first leg, that every paying wallet holds what its legs need: the buy, fees, rents, lamports
 * lent to the transaction for its duration, and the rent-exempt minimum that a fee payer must keep.
 *
 * The error names an amount that suffices: a wallet that receives it is not refused again when more is known.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`, which names every wallet that lacks something, and how much
 */
export function requireFunds(...args: Parameters<typeof needsOf>): void {
  const [, , , survey] = args;
  requireNeeds(survey, needsOf(...args));
}

/** What a paying wallet needs: the least, as far as we know, and an amount that suffices. Both include what must stay in it. */
export type Need = { readonly address: Address; readonly least: bigint; readonly enough: bigint };

/** Returns the paying wallets that hold too little. */
export const shortagesOf = ({ owners }: Pick<Survey, "owners">, needs: readonly Need[]): Shortage[] =>
  needs.flatMap(({ address, least, enough }) =>
    shortage(address, owners.get(address)?.lamports ?? 0n, least, enough),
  );

function requireNeeds(survey: Survey, needs: readonly Need[]): void {
  const short = shortagesOf(survey, needs);
  if (short.length > 0) throw new CTOError("CTO_E_WALLET_SHORT_OF_FUNDS", { wallets: short });
}

/** Returns what every paying wallet needs; see {@link requireFunds}. */
export function needsOf(
  mode: Mode,
  funding: Address | null,
  legs: readonly NewLeg[],
  survey: Survey,
  shapesOf: (leg: NewLeg) => LegShapes,
): Need[] {
  const needs = legs.map((leg) => {
    const { least, enough } = shapesOf(leg);
    const need = needOf(leg, least);
    const most = largest([need, ...enough.map((shape) => needOf(leg, shape))]);
    return { leg, need, most };
  });
  const minimum: bigint = walletMinimum(survey.cluster);
  const total = (of: "need" | "most"): bigint => needs.reduce((all, one) => all + one[of], minimum);
  return mode === "standard" && funding !== null
    ? [{ address: funding, least: total("need"), enough: total("most") }]
    : needs.map(({ leg: { address }, need, most }) => {
        return { address, least: need + minimum, enough: most + minimum };
      });
}

/**
 * Checks that the funding wallet can pay the fees of the returns. It must hold them already, before the money comes
 * back.
 *
 * @param fees of all transactions, lamports
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`
 */
export function requireRecoveryFees(rate: Rate, funding: Address, balance: bigint, fees: bigint): void {
  const short = fees === 0n ? [] : shortage(funding, balance, fees + walletMinimum(rate));
  if (short.length > 0) throw new CTOError("CTO_E_WALLET_SHORT_OF_FUNDS", { wallets: short });
}

/** The compute units that we assume for one funding transaction: far more than a few transfers need. */
const FUNDING_COMPUTE_UNITS = 100_000;

/** Lamports for each buyer. */
type Amounts = {
  /** The least that the buyers are sent. */
  readonly least: readonly bigint[];
  /** The most that they may have to be sent. */
  readonly enough: readonly bigint[];
};

/**
 * Checks that the funding wallet can pay all buyers ahead of their buys.
 *
 * @throws `CTO_E_WALLET_SHORT_OF_FUNDS`
 */
export function requireFunding(...args: Parameters<typeof fundingNeed>): void {
  const [, survey] = args;
  requireNeeds(survey, [fundingNeed(...args)]);
}

/** Returns what the funding wallet needs to pay all buyers ahead of their buys. */
export function fundingNeed(
  funding: Address,
  survey: Survey,
  { least, enough }: Amounts,
  { batches, computeUnitPrice }: { readonly batches: number; readonly computeUnitPrice: bigint },
): Need {
  const fees =
    BigInt(batches) * (LAMPORTS_PER_SIGNATURE + priorityFee(FUNDING_COMPUTE_UNITS, computeUnitPrice));
  const total = (amounts: readonly bigint[]): bigint =>
    amounts.reduce((all, amount) => all + amount, fees) + walletMinimum(survey.cluster);
  return { address: funding, least: total(least), enough: total(enough) };
}
