/**
 * Plans a recovery: what each leg of an operation owes its funding wallet, and how much of it a return would bring
 * back now. It only reads. Nothing is signed or written, so that a person may see the plan before requesting the
 * recovery.
 */
import { forEachLimited } from "../../base/parallel.ts";
import { walletMinimum } from "../cluster/cluster-facts.ts";
import { type Reading, readWithCluster } from "../cluster/read-cluster.ts";
import type { Run } from "../operation/journaling.ts";
import type { Address, Chain, ClusterFacts, Lamports, Leg, RecoveryLeg, Step } from "../ports.ts";
import { stepOfLeg } from "../step/of-leg.ts";
import { closableNow } from "./closable-now.ts";
import { closableOf, openedAccounts, owedBy, returnable } from "./conservation.ts";
import { feeOf } from "./drive-recoveries.ts";
import { readHistories } from "./leg-history.ts";
import type { Recovering } from "./sign-recovery.ts";
import { ALL_SWEPT, takenByOthers } from "./taken.ts";

/** The parts of the engine's ports that this file needs. */
type Looking = Pick<Run, "operation"> & {
  readonly ports: Pick<Run["ports"], "journal"> & {
    readonly chain: Reading &
      Pick<
        Chain,
        | "gatherEvidence"
        | "readTransaction"
        | "readAgreedTransaction"
        | "readTokenAccounts"
        | "compose"
        | "simulate"
      >;
  };
};

export type PlannedReturn = RecoveryLeg & {
  /** What would be returned now, lamports; zero if no transaction is worthwhile or possible. */
  readonly back: Lamports;
};

export type PlannedRecovery = {
  readonly returns: readonly PlannedReturn[];
  /** The funding wallet's balance, lamports; it pays the fees. Zero if the buyers pay for themselves. */
  readonly payerBalance: bigint;
  readonly cluster: ClusterFacts;
};

/** Each leg may take a few simulations. The limit of the endpoint decides how fast they go. */
const LEGS_AT_ONCE = 16;

/** Returns the legs that no recovery has planned yet. */
export const unplannedLegs = (legs: readonly Leg[], steps: readonly Step[]): Leg[] =>
  legs.filter((leg) => stepOfLeg(steps, "recover", leg) === undefined);

export type ToPlan = {
  /** All legs of the operation. */
  readonly legs: readonly Leg[];
  /** The legs to plan for. */
  readonly missing: readonly Leg[];
  readonly steps: readonly Step[];
};

/**
 * Plans the returns of these legs from the chain.
 *
 * @throws `CTO_E_RECOVERY_UNPROVED`, `CTO_E_ENDPOINTS_DISAGREE`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function planRecovery(
  looking: Looking,
  scene: Recovering,
  { legs, missing, steps }: ToPlan,
): Promise<PlannedRecovery> {
  const { chain } = looking.ports;
  const histories = await readHistories(chain, steps, legs, missing);
  const opened = new Map([...histories].map(([leg, history]) => [leg, openedAccounts(history)]));
  const tokens = await chain.readTokenAccounts([...opened.values()].flat().map(({ address }) => address));
  const payers = scene.payer ? [scene.payer.address] : [];
  const wallets = missing.map(({ address }) => address);
  const { fetched, cluster } = await readWithCluster(chain, [...wallets, ...payers]);
  const balanceOf = (address: Address): bigint => fetched.accounts.get(address)?.lamports ?? 0n;
  const taken = await takenByOthers(looking);
  const fee = feeOf(scene);
  const closableByLeg = new Map<number, RecoveryLeg["accounts"]>();
  await forEachLimited(missing, LEGS_AT_ONCE, async (leg) => {
    const byBytes = closableOf(opened.get(leg.index) ?? [], leg.address, tokens);
    const candidates = byBytes.flatMap(({ address }) => tokens.get(address) ?? []);
    const feePayer = scene.payer?.address ?? leg.address;
    const closing = { wallet: leg.address, feePayer, notBefore: fetched.slot };
    const now = new Set((await closableNow(chain, closing, candidates)).map(({ address }) => address));
    closableByLeg.set(
      leg.index,
      byBytes.filter(({ address }) => now.has(address)),
    );
  });
  const returns = missing.flatMap((leg): PlannedReturn[] => {
    const history = histories.get(leg.index);
    if (history === undefined) return [];
    const closable = closableByLeg.get(leg.index) ?? [];
    const { owed, before } = owedBy(history, closable);
    const { recovered, swept } = taken(leg.walletId, (history.fund ?? history.buys[0])?.slot ?? 0n);
    const kept = (before > recovered ? before - recovered : 0n) as Lamports;
    const present = {
      balance: balanceOf(leg.address),
      closes: closable.flatMap(({ address }) => tokens.get(address) ?? []),
    };
    const plan = {
      leg: leg.index,
      owed: swept ? (0n as Lamports) : owed,
      before: kept,
      accounts: swept ? [] : closable,
    };
    const back = returnable(cluster, plan, present);
    const fits = back > fee && (scene.payer !== null || present.balance >= fee + walletMinimum(cluster));
    return [
      {
        ...plan,
        back: fits ? back : (0n as Lamports),
        ...(swept ? { why: ALL_SWEPT } : whyLess(plan, back, fits, history.fund === null)),
      },
    ];
  });
  return { returns, cluster, payerBalance: scene.payer === null ? 0n : balanceOf(scene.payer.address) };
}

function whyLess(
  { owed }: Pick<RecoveryLeg, "owed">,
  back: bigint,
  fits: boolean,
  atomic: boolean,
): { why?: string } {
  if (owed === 0n) {
    return {
      why: atomic
        ? "the operation left nothing in it that is the funding wallet's: it was not funded ahead"
        : "the buy used up what was funded",
    };
  }
  if (back === 0n) return { why: "the wallet holds no more than what it had before, and must keep" };
  if (!fits) return { why: "returning it costs more than it is, or than the wallet can pay" };
  if (back < owed) return { why: "the wallet must keep what it had before, and its rent-exempt minimum" };
  return {};
}
