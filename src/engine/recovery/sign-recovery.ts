/** Signs the return of what one leg's wallet owes, as far as the wallet holds it now. */
import { priorityFee } from "../../base/transaction-limits.ts";
import { CTOError } from "../../errors/index.ts";
import { readRentRate } from "../buy/rents-moved.ts";
import { costsOf, count } from "../limits/reservations.ts";
import type { Run } from "../operation/journaling.ts";
import type {
  Address,
  Costs,
  Lamports,
  Leg,
  MessageFormat,
  NewAttempt,
  RecoveryLeg,
  Step,
  TokenAccount,
  TransactionDraft,
} from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { LAMPORTS_PER_SIGNATURE, raisePrice } from "../transaction/costs.ts";
import { formatFor, limitedTo } from "../transaction/format.ts";
import { formatMemo } from "../transaction/memo-text.ts";
import { computeUnitLimitFor, SIMULATED_LIFETIME } from "../transaction/simulated.ts";
import { agreedRefusal, unitsToClose, withoutRefused } from "./closable-now.ts";
import { returnable } from "./conservation.ts";
import { readHeld } from "./held.ts";
import { mostOf, whyMore } from "./nothing-left.ts";

export type Recovering = {
  /** The funding wallet, which gets the money and pays the fee; null if the buyers paid for themselves. */
  readonly payer: { readonly walletId: string; readonly address: Address } | null;
  /** Micro-lamports per compute unit. */
  readonly computeUnitPrice: bigint;
};

const signersOf = ({ payer }: Recovering, { walletId }: Leg): string[] => [
  walletId,
  ...(payer ? [payer.walletId] : []),
];

/** What the signatures of a return cost, lamports: the least that its fee can be. */
const networkFee = ({ scene, leg }: Pick<Returning, "scene" | "leg">): Lamports =>
  (BigInt(signersOf(scene, leg).length) * LAMPORTS_PER_SIGNATURE) as Lamports;

/** The return of one leg. */
export type Returning = {
  readonly run: Run;
  readonly settings: EngineSettings;
  readonly scene: Recovering;
  readonly leg: Leg;
  readonly legCount: number;
  /** What the leg's wallet owes. */
  readonly plan: RecoveryLeg;
};

type Draft = { readonly draft: Omit<TransactionDraft, "lifetime">; readonly back: Lamports };

/**
 * Drafts one transaction that closes the accounts to their wallet and sends what the wallet owes to the funding
 * wallet.
 */
function draftReturn(
  { run, scene, leg, legCount }: Returning,
  format: MessageFormat,
  closes: readonly TokenAccount[],
  back: Lamports,
): Draft {
  const { payer, computeUnitPrice } = scene;
  const draft = {
    feePayer: payer?.address ?? leg.address,
    closes,
    transfers: payer ? [{ from: leg.address, to: payer.address, lamports: back }] : [],
    setup: [],
    swap: [],
    memo: {
      text: formatMemo({ operationId: run.operation.id, kind: "recover", leg: leg.index, legs: legCount }),
      signer: leg.address,
    },
    cleanup: [],
    computeUnitLimit: unitsToClose(closes.length),
    computeUnitPrice,
    format,
    lookupTables: {},
  };
  return { draft, back };
}

/** One endpoint refuses to close an account, and another does not, or refuses another one. */
const refusedAlone = ({ address }: Pick<Leg, "address">, reason: string): CTOError =>
  new CTOError("CTO_E_ENDPOINTS_DISAGREE", {
    about: `which accounts ${address} can close`,
    answers: [
      { endpoint: "the endpoint asked first", says: reason },
      { endpoint: "another endpoint", says: "otherwise" },
    ],
  });

/** How often a return is drafted. Rents do not rise faster, and lag is shorter; an endpoint may be wrong every time, though. */
const MOST_DRAFTS = 3;

/**
 * Returns a draft that passes a simulation. An account that cannot be closed after all stays open, and the others are
 * closed.
 *
 * @throws `CTO_E_RECOVERY_NOTHING_LEFT`, `CTO_E_ENDPOINTS_DISAGREE`, `CTO_E_TRANSACTION_REFUSED`; `CTO_E_RPC_UNAVAILABLE` if
 * the rents that are read keep rising
 */
async function simulated(returning: Returning, left = MOST_DRAFTS): Promise<Draft> {
  const { run, settings, scene, leg, plan } = returning;
  const { chain, keyring } = run.ports;
  const held = await readHeld(chain, leg, plan);
  const { balance, closable, cluster, slot: notBefore } = held;
  const format = await formatFor(keyring, cluster, signersOf(scene, leg));
  const most = mostOf(cluster, plan, balance, closable);
  const disagreement = held.disagreement ?? (await whyMore(chain, leg, plan, most));
  if (disagreement !== null) {
    if (left > 1) return simulated(returning, left - 1);
    throw disagreement;
  }
  const signatures = networkFee(returning);
  let refused: string | null = null;
  for (let closes: readonly TokenAccount[] | null = closable; closes !== null; ) {
    const back = returnable(cluster, plan, { balance, closes });
    const fewer: readonly TokenAccount[] | null = closes.length > 0 ? [] : null;
    // The fee of a signature never falls, so nobody gains by such a return at any time.
    if (back <= signatures) {
      closes = fewer;
      continue;
    }
    const drafted = draftReturn(returning, format, closes, back);
    const unsigned = chain.compose({ ...drafted.draft, lifetime: SIMULATED_LIFETIME });
    const simulation = await chain.simulate(unsigned, { notBefore });
    const { failure, unitsConsumed } = simulation;
    if (failure === null) {
      const computeUnitLimit = computeUnitLimitFor(unitsConsumed, settings);
      const limits = { computeUnitLimit, format: limitedTo(format, simulation) };
      return { ...drafted, draft: { ...drafted.draft, ...limits } };
    }
    refused ??= failure.message;
    const refusedFor = await agreedRefusal(chain, unsigned, { closes, notBefore }, simulation);
    // A refusal that names no account may be about a wallet or an account that has changed since it was read.
    const isUnclear = refusedFor === null || (refusedFor.length === 0 && closes.length > 0);
    if (isUnclear && left > 1) return simulated(returning, left - 1);
    if (refusedFor === null) throw refusedAlone(leg, failure.message);
    closes = withoutRefused(closes, refusedFor) ?? fewer;
  }
  if (refused === null) throw new CTOError("CTO_E_RECOVERY_NOTHING_LEFT", { wallet: leg.address });
  // The minimum that the wallet keeps was calculated at a rent that has risen before the simulation.
  if ((await readRentRate(chain)) <= cluster.lamportsPerByte)
    throw new CTOError("CTO_E_TRANSACTION_REFUSED", { reason: refused });
  if (left > 1) return simulated(returning, left - 1);
  const reason = `it reports a higher rent after each of ${MOST_DRAFTS} refused simulations: ${refused}`;
  throw new CTOError("CTO_E_RPC_UNAVAILABLE", { method: "getMultipleAccounts", reason });
}

/**
 * @param step a step of which every earlier attempt is provably dead
 * @throws as {@link simulated} does; `CTO_E_RECOVERY_BELOW_FEE`
 */
export async function signRecovery(returning: Returning, step: Step): Promise<NewAttempt> {
  const { run, scene, leg, legCount, plan } = returning;
  const { chain, policy, keyring, journal } = run.ports;
  const number = step.attempts.length + 1;
  const computeUnitPrice = raisePrice(scene.computeUnitPrice, number - 1, chain.maxComputeUnitPrice);
  const { draft, back } = await simulated({ ...returning, scene: { ...scene, computeUnitPrice } });
  const costs: Costs = {
    network: networkFee(returning),
    priority: priorityFee(draft.computeUnitLimit, computeUnitPrice) as Lamports,
    rent: 0n as Lamports,
  };
  const fee = costs.network + costs.priority;
  if (back <= fee)
    throw new CTOError("CTO_E_RECOVERY_BELOW_FEE", { wallet: leg.address, lamports: back, fee });
  const { slot: blockhashSlot, ...lifetime } = await chain.latestBlockhash();
  const signers = signersOf(scene, leg);
  const approved = await policy.approve(chain.compose({ ...draft, lifetime }), {
    kind: run.operation.request.purpose === "sweep" ? "sweep" : "recover",
    operationId: run.operation.id,
    leg: leg.index,
    legs: legCount,
    wallet: leg.address,
    to: scene.payer?.address ?? null,
    lamports: back,
    closes: plan.accounts.map(({ address }) => address),
    computeUnitLimit: draft.computeUnitLimit,
    computeUnitPrice,
  });
  const payer = scene.payer?.walletId ?? leg.walletId;
  await count(journal, run.operation.request.userId, costsOf(step, payer, costs));
  const signed = await keyring.sign(approved, signers);
  return {
    number,
    ...signed,
    ...lifetime,
    blockhashSlot,
    returned: back,
    costs,
  };
}
