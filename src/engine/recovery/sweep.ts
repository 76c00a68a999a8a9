/**
 * Runs a sweep: all of a user's buyer wallets return their SOL, and the rents of empty token accounts, to the funding
 * wallet. It sells nothing: tokens stay where they are. It is a separate kind of operation, whose `recover` steps are
 * journaled, signed and followed like all others.
 */
import { once } from "../../base/once.ts";
import { mapLimited } from "../../base/parallel.ts";
import { CTOError, isOutage } from "../../errors/index.ts";
import { isOpened } from "../cluster/opening.ts";
import { readWithCluster } from "../cluster/read-cluster.ts";
import { conclude, giveUp } from "../operation/conclude.ts";
import { enterPhase, LeaseLost, type Run } from "../operation/journaling.ts";
import type {
  Address,
  Chain,
  Lamports,
  Leg,
  NewLeg,
  Operation,
  RawAccount,
  RecoveryLeg,
  Step,
  Wallet,
} from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { requireRecoveryFees } from "../transaction/costs.ts";
import { closableNow, rentsOf } from "./closable-now.ts";
import { driveRecoveries, feeOf, openScene, payingWallet } from "./drive-recoveries.ts";
import type { Recovering } from "./sign-recovery.ts";

/** What one wallet would return now. */
export type SweptWallet = {
  readonly wallet: Wallet;
  /** Includes the rents of the accounts. */
  readonly lamports: Lamports;
  /**
   * The token accounts that are closed: empty ones, and those that wrap SOL. One transaction closes a bounded number,
   * and the next sweep the rest.
   */
  readonly accounts: RecoveryLeg["accounts"];
};

type Looking = Pick<Chain, "findTokenAccounts" | "fetchAccounts" | "compose" | "simulate">;

/** A sweep may be repeated, and strangers may open accounts. So the refusal of one endpoint is enough, and no other is asked. */
async function closableAccounts(
  { findTokenAccounts, compose, simulate }: Looking,
  wallet: Address,
  feePayer: Address,
  notBefore: bigint,
): Promise<RecoveryLeg["accounts"]> {
  const found = await findTokenAccounts(wallet);
  const candidates = found.filter(({ closable, owner }) => closable && owner === wallet);
  const accounts = await closableNow({ compose, simulate }, { wallet, feePayer, notBefore }, candidates);
  return accounts.map(({ address, lamports }) => ({ address, lamports }));
}

/** Whether the System program would transfer this wallet's SOL. Its owner may have assigned it to another program. */
const mayTransfer = (account: RawAccount | null | undefined): boolean => !isOpened(account);

/** Each wallet takes two calls and a simulation. The limit of the endpoint decides how fast they go. */
const WALLETS_AT_ONCE = 16;

/**
 * Returns what each of the wallets would return now. A wallet is left out if it holds no more than the fee of its
 * return, or if its SOL cannot be transferred.
 *
 * @param paying the funding wallet, and the fee that it pays for one return, lamports
 * @param onRead called for each wallet that was read, with the number of wallets that have been
 */
export async function planSweep(
  chain: Looking,
  wallets: readonly Wallet[],
  { feePayer, fee }: { readonly feePayer: Address; readonly fee: bigint },
  onRead?: (count: number) => void,
): Promise<SweptWallet[]> {
  const { accounts: held, slot } = await chain.fetchAccounts(wallets.map(({ address }) => address));
  let read = 0;
  const planned = await mapLimited(wallets, WALLETS_AT_ONCE, async (wallet): Promise<SweptWallet[]> => {
    const own = held.get(wallet.address);
    const accounts = mayTransfer(own) ? await closableAccounts(chain, wallet.address, feePayer, slot) : [];
    read += 1;
    onRead?.(read);
    const lamports = ((own?.lamports ?? 0n) + rentsOf(accounts)) as Lamports;
    return mayTransfer(own) && lamports > fee ? [{ wallet, lamports, accounts }] : [];
  });
  return planned.flat();
}

export const totalOf = (wallets: readonly SweptWallet[]): Lamports =>
  wallets.reduce((sum, { lamports }) => sum + lamports, 0n) as Lamports;

/** Returns the fee of one return, which the funding wallet pays, lamports. */
export const sweepFee = async (
  chain: Pick<Chain, "computeUnitPrice">,
  funding: Wallet["address"],
): Promise<bigint> => feeOf({ payer: true, computeUnitPrice: await chain.computeUnitPrice([funding]) });

/**
 * Writes the plan, unless an earlier run has. @throws `CTO_E_SWEEP_CHANGED` if it would return more than was
 * confirmed
 */
async function plan(
  run: Run,
  openedScene: () => Promise<Recovering>,
  wallets: readonly Wallet[],
): Promise<Leg[]> {
  const { ports, operation, lease } = run;
  const known = await ports.journal.readLegs(operation.id);
  if (known.length > 0) return known;
  const scene = await openedScene();
  const { walletIds = [], buyLamports } = operation.request;
  const chosen = wallets.filter(({ id, role }) => role === "buyer" && walletIds.includes(id));
  const payer = requirePayer(run, scene);
  const planned = await planSweep(ports.chain, chosen, { feePayer: payer.address, fee: feeOf(scene) });
  const total = totalOf(planned);
  if (total === 0n) throw new CTOError("CTO_E_SWEEP_NOTHING", { userId: operation.request.userId });
  if (total > buyLamports) {
    throw new CTOError("CTO_E_SWEEP_CHANGED", { confirmed: buyLamports, total });
  }
  const { fetched, cluster } = await readWithCluster(ports.chain, [payer.address]);
  const fees = BigInt(planned.length) * feeOf(scene);
  const held = fetched.accounts.get(payer.address)?.lamports ?? 0n;
  requireRecoveryFees(cluster, payer.address, held, fees);
  const legs: NewLeg[] = planned.map(({ wallet, lamports }, at) => ({
    index: at + 1,
    walletId: wallet.id,
    address: wallet.address,
    lamports,
    tokensBefore: 0n,
  }));
  if (!(await ports.journal.writePlan(operation.id, lease, legs, "recover")))
    throw new LeaseLost(operation.id);
  return ports.journal.readLegs(operation.id);
}

/** A sweep always has a funding wallet: its mode is `standard`. */
function requirePayer({ operation }: Run, { payer }: Recovering): NonNullable<Recovering["payer"]> {
  if (payer !== null) return payer;
  throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId: operation.request.userId });
}

type Sweep = {
  readonly scene: () => Promise<Recovering>;
  readonly legs: readonly Leg[];
  readonly wallets: readonly Wallet[];
};

/** Drives a sweep's open steps to rest. */
export const driveSweep = async (
  run: Run,
  settings: EngineSettings,
  { scene, legs, wallets }: Sweep,
): Promise<void> => {
  const { chain } = run.ports;
  const planOf = async ({ index, address, lamports }: Leg, { status }: Step): Promise<RecoveryLeg> => {
    const owed = { leg: index, owed: lamports, before: 0n as Lamports };
    // What was signed is followed without any read: an outage must not delay it.
    if (status !== "ready") return { ...owed, accounts: [] };
    const payer = requirePayer(run, await scene());
    const { slot } = await chain.fetchAccounts([address]);
    return { ...owed, accounts: await closableAccounts(chain, address, payer.address, slot) };
  };
  const shared = payingWallet(run.operation, wallets)?.address ?? null;
  await driveRecoveries(run, settings, { scene, shared, legs, planOf, cancellable: true });
};

/** Runs a sweep to its end. Throws the same errors as `runOperation`. */
export async function runSweep(
  run: Run,
  settings: EngineSettings,
  wallets: readonly Wallet[],
): Promise<Operation> {
  try {
    await enterPhase(run, "started");
    const scene = once(() => openScene(run, wallets));
    const legs = await plan(run, scene, wallets);
    await enterPhase(run, "executing");
    await driveSweep(run, settings, { scene, legs, wallets });
  } catch (error) {
    if (error instanceof LeaseLost || run.signal.aborted || isOutage(error)) throw error;
    await giveUp(run, error);
    return conclude(run, error);
  }
  return conclude(run);
}
