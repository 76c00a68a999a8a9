/**
 * Plans a recovery: what each leg of an operation owes its funding wallet, and how much of it a return would bring
 * back now. It only reads. Nothing is signed or written, so that a person may see the plan before requesting the
 * recovery.
 */
import { forEachLimited } from "../../base/parallel.ts";
import { readClusterFacts, walletMinimum } from "../cluster/cluster-facts.ts";
import { type Reading, readWithCluster } from "../cluster/read-cluster.ts";
import type { Run } from "../operation/journaling.ts";
import type {
  Address,
  Chain,
  ClusterFacts,
  Lamports,
  Leg,
  RecoveryLeg,
  Step,
  TokenAccount,
} from "../ports.ts";
import { stepOfLeg } from "../step/of-leg.ts";
import { closableNow } from "./closable-now.ts";
import { closableOf, openedAccounts, owedBy } from "./conservation.ts";
import { feeOf } from "./drive-recoveries.ts";
import { readHistories } from "./leg-history.ts";
import { mostOf } from "./nothing-left.ts";
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
        | "tokenAccountsIn"
        | "compose"
        | "simulate"
        | "witnessSimulations"
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

/** What one endpoint shows of the wallets and of the accounts that their buys opened. */
type View = {
  readonly slot: bigint;
  readonly cluster: ClusterFacts;
  readonly tokens: ReadonlyMap<Address, TokenAccount>;
  balanceOf(address: Address): bigint;
};

/** Reads all of them at once. @returns one view of each of the endpoints that must agree (`RESIGN_QUORUM`) */
async function readViews(
  { chain }: Looking["ports"],
  wallets: readonly Address[],
  accounts: readonly Address[],
): Promise<{ views: View[]; first: View; cluster: ClusterFacts }> {
  const tokensIn = chain.tokenAccountsIn;
  const tokens = tokensIn === undefined ? await chain.readTokenAccounts(accounts) : new Map();
  const read = await readWithCluster(chain, tokensIn === undefined ? wallets : [...wallets, ...accounts]);
  const viewOf = (fetched: typeof read.fetched): View => ({
    slot: fetched.slot,
    cluster: readClusterFacts(fetched),
    tokens: tokensIn?.(fetched.accounts) ?? tokens,
    balanceOf: (address) => fetched.accounts.get(address)?.lamports ?? 0n,
  });
  return { views: read.views.map(viewOf), first: viewOf(read.fetched), cluster: read.cluster };
}

/**
 * Returns every account that the wallet can close by what some endpoint shows. A leg is planned once, so an account that one
 * endpoint hides would be left for good. One that is not there costs nothing: the return leaves out its rent.
 */
function closableIn(
  views: readonly View[],
  opened: RecoveryLeg["accounts"],
  { address: wallet }: Pick<Leg, "address">,
): { byBytes: RecoveryLeg["accounts"]; candidates: TokenAccount[] } {
  const most = new Map<Address, { readonly lamports: Lamports; readonly account: TokenAccount }>();
  for (const { tokens } of views) {
    for (const { address, lamports } of closableOf(opened, wallet, tokens)) {
      const account = tokens.get(address);
      if (account && lamports > (most.get(address)?.lamports ?? 0n)) most.set(address, { lamports, account });
    }
  }
  return {
    byBytes: [...most].map(([address, { lamports }]) => ({ address, lamports })),
    candidates: [...most.values()].map(({ account }) => account),
  };
}

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
  const payers = scene.payer ? [scene.payer.address] : [];
  const wallets = missing.map(({ address }) => address);
  const accounts = [...opened.values()].flat().map(({ address }) => address);
  const { views, first, cluster } = await readViews(looking.ports, [...wallets, ...payers], accounts);
  const taken = await takenByOthers(looking);
  const closableByLeg = new Map<number, RecoveryLeg["accounts"]>();
  await forEachLimited(missing, LEGS_AT_ONCE, async (leg) => {
    const { byBytes, candidates } = closableIn(views, opened.get(leg.index) ?? [], leg);
    const feePayer = scene.payer?.address ?? leg.address;
    const closing = { wallet: leg.address, feePayer, notBefore: first.slot };
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
    const plan = {
      leg: leg.index,
      owed: swept ? (0n as Lamports) : owed,
      before: kept,
      accounts: swept ? [] : closable,
    };
    const { back, fits } = mostIn(views, leg, plan, scene);
    return [
      {
        ...plan,
        back: fits ? back : (0n as Lamports),
        ...(swept ? { why: ALL_SWEPT } : whyLess(plan, back, fits, history.fund === null)),
      },
    ];
  });
  return { returns, cluster, payerBalance: scene.payer === null ? 0n : first.balanceOf(scene.payer.address) };
}

/**
 * Returns the most that the wallet can return by what any endpoint shows, and whether that is worth its fee. So no endpoint alone
 * ends a return; before it is signed, all of them must show what it brings back.
 */
function mostIn(
  views: readonly View[],
  { address }: Pick<Leg, "address">,
  plan: RecoveryLeg,
  scene: Recovering,
): { readonly back: Lamports; readonly fits: boolean } {
  const fee = feeOf(scene);
  const shown = views.map(({ cluster, tokens, balanceOf }) => {
    const balance = balanceOf(address);
    const closes = closableOf(plan.accounts, address, tokens).flatMap((one) => tokens.get(one.address) ?? []);
    const back = mostOf(cluster, plan, balance, closes) as Lamports;
    return { back, fits: back > fee && (scene.payer !== null || balance >= fee + walletMinimum(cluster)) };
  });
  const fitting = shown.filter(({ fits }) => fits);
  const [most] = (fitting.length > 0 ? fitting : shown).toSorted((a, b) => Number(b.back - a.back));
  return most ?? { back: 0n as Lamports, fits: false };
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
