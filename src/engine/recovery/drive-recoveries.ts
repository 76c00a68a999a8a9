/** Drives the `recover` steps of a recovery or of a sweep to rest. */

import { priorityFee } from "../../base/transaction-limits.ts";
import { CTOError, isCTOError, isOutage } from "../../errors/index.ts";
import { isShortOfRent } from "../buy/rents-moved.ts";
import { emit, type Run } from "../operation/journaling.ts";
import { recoverEvent } from "../operation/step-events.ts";
import type { Address, Leg, Ports, RecoveryLeg, Step, Wallet } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { driveStep, type StepRun } from "../step/drive-step.ts";
import { driveEach } from "../step/each-leg.ts";
import { legOf } from "../step/of-leg.ts";
import { isOpen } from "../step/status.ts";
import { LAMPORTS_PER_SIGNATURE } from "../transaction/costs.ts";
import { unitsToClose } from "./closable-now.ts";
import { type Recovering, signRecovery } from "./sign-recovery.ts";

/** Returns the wallet that pays for all returns; null if each buyer pays for itself, or if there is none. */
export const payingWallet = ({ request }: Run["operation"], wallets: readonly Wallet[]): Wallet | null =>
  (request.mode === "standard" && wallets.find(({ role }) => role === "funding")) || null;

/**
 * Returns the wallet that gets the money, and the price of compute units. @throws `CTO_E_USER_HAS_NO_FUNDING_WALLET`
 */
export async function openScene(
  {
    ports,
    operation,
  }: Pick<Run, "operation"> & {
    readonly ports: { readonly chain: Pick<Ports["chain"], "computeUnitPrice"> };
  },
  wallets: readonly Wallet[],
): Promise<Recovering> {
  const { userId, mode } = operation.request;
  const funding = payingWallet(operation, wallets);
  if (mode === "standard" && funding === null)
    throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId });
  const payer = funding && { walletId: funding.id, address: funding.address };
  const computeUnitPrice = await ports.chain.computeUnitPrice(payer ? [payer.address] : []);
  return { payer, computeUnitPrice };
}

/** Returns the fee of one transaction's first attempt, lamports. */
export const feeOf = ({
  payer,
  computeUnitPrice,
}: {
  readonly payer: unknown;
  readonly computeUnitPrice: bigint;
}): bigint =>
  (payer === null ? 1n : 2n) * LAMPORTS_PER_SIGNATURE + priorityFee(unitsToClose(0), computeUnitPrice);

/** Returns what a leg's wallet must return; null if this is not known, so that nothing is signed. */
export type PlanOf = (leg: Leg, step: Step) => Promise<RecoveryLeg | null>;

export type Recoveries = {
  /** Only what is signed needs it: an outage must not delay what was signed. */
  readonly scene: () => Promise<Recovering>;
  /** The wallet that pays for all returns; null if there is none. */
  readonly shared: Address | null;
  readonly legs: readonly Leg[];
  readonly planOf: PlanOf;
  /**
   * Whether a cancellation leaves unsigned steps unsigned. So it is for a sweep, which may be repeated: its refused steps fail.
   */
  readonly cancellable: boolean;
};

/**
 * Whether a return that is refused before it is signed stays `ready`. A leg has only one return. A refused simulation, or a
 * signer that is not configured, must not use it up. Only if the wallet has nothing to return, the step ends.
 */
const staysReady = (error: unknown): boolean => !isCTOError(error, "CTO_E_RECOVERY_NOTHING_LEFT");

const isUnsigned = ({ attempts }: Step): boolean => attempts.length === 0;

/** Drives every open `recover` step of the operation to rest, from its state in the journal. */
export async function driveRecoveries(
  run: Run,
  settings: EngineSettings,
  { scene, shared, legs, planOf, cancellable }: Recoveries,
): Promise<void> {
  const { journal } = run.ports;
  const { id, request } = run.operation;
  const open = (await journal.readSteps(id)).filter((step) => step.kind === "recover" && isOpen(step));
  // What was signed must be followed in time. It waits for no plan of a return that was not.
  const signedFirst = open.toSorted((a, b) => Number(isUnsigned(a)) - Number(isUnsigned(b)));
  const unplanned = new Set<unknown>();
  const isOwn = (error: unknown): boolean =>
    isCTOError(error, "CTO_E_RECOVERY_NOT_FINAL") ||
    (!cancellable && (unplanned.has(error) || (!isOutage(error) && staysReady(error))));
  const sideBySide = { parallelism: request.parallelism, shared, isOwn };
  await driveEach(signedFirst, sideBySide, async (step) => {
    const leg = legOf(legs, step);
    const plan =
      leg &&
      (await planOf(leg, step).catch((error: unknown) => {
        if (isCTOError(error)) unplanned.add(error);
        throw error;
      }));
    if (!leg || !plan) return;
    const stepRun: StepRun = {
      ...run,
      settings,
      wallet: leg.address,
      cancellable,
      ...(cancellable ? {} : { staysReady }),
      sign: async (_number: number, ready: Step) => {
        // The plan of a return that was found signed may lack what only a next attempt needs.
        const present = isUnsigned(step) ? plan : ((await planOf(leg, ready)) ?? plan);
        const returning = { run, settings, leg, legCount: legs.length, plan: present };
        return signRecovery({ ...returning, scene: await scene() }, ready);
      },
      // The next attempt is drafted from what the wallet holds at that time. If that fails for the same reason, its simulation
      // refuses it before anything is signed. One endpoint can make a leg's only return fail: by its preflight, or by a token
      // that it sends to the account which is to be closed.
      movesOn: (_attempt: unknown, failure) => !cancellable || isShortOfRent(failure),
    };
    await driveStep(stepRun, step, (changed) => reportRecovery(run.ports, leg, plan, changed));
  });
}

/** Emits the state of a leg's recovery. */
export const reportRecovery = (
  ports: Pick<Ports, "journal" | "events">,
  leg: Pick<Leg, "index" | "address">,
  plan: Pick<RecoveryLeg, "owed">,
  step: Step,
): Promise<void> => emit(ports, step.operationId, recoverEvent(leg, plan, step));
