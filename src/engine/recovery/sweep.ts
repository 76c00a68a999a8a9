/**
 * Runs a sweep: all of a user's buyer wallets return their SOL, and the rents of empty token accounts, to the funding
 * wallet. It sells nothing: tokens stay where they are. It is a separate kind of operation, whose `recover` steps are
 * journaled, signed and followed like all others.
 */
import { CTOError, isOutage } from "../../errors/index.ts";
import { CLUSTER_ACCOUNTS, readClusterFacts } from "../cluster/cluster-facts.ts";
import { conclude, giveUp } from "../operation/conclude.ts";
import { enterPhase, LeaseLost, type Run } from "../operation/journaling.ts";
import type { Chain, Lamports, Leg, NewLeg, Operation, RecoveryLeg, Wallet } from "../ports.ts";
import type { EngineSettings } from "../settings.ts";
import { requireRecoveryFees } from "../transaction/costs.ts";
import { driveRecoveries, feeOf, openScene } from "./drive-recoveries.ts";
import type { Recovering } from "./sign-recovery.ts";

/** The most accounts that one transaction can close. The next sweep closes the rest. */
const CLOSED_AT_ONCE = 15;

/** What one wallet would return now. */
export type SweptWallet = {
  readonly wallet: Wallet;
  /** Includes the rents of the accounts. */
  readonly lamports: Lamports;
  /** The token accounts that are closed: empty ones, and those that wrap SOL. */
  readonly accounts: RecoveryLeg["accounts"];
};

async function closableAccounts(
  chain: Pick<Chain, "findTokenAccounts">,
  owner: Wallet["address"],
): Promise<RecoveryLeg["accounts"]> {
  const found = await chain.findTokenAccounts(owner);
  return found
    .filter(({ closable }) => closable)
    .slice(0, CLOSED_AT_ONCE)
    .map(({ address, lamports }) => ({ address, lamports }));
}

/**
 * Returns what each of the wallets would return now. A wallet that holds no more than the fee of its return is left
 * out.
 */
export async function planSweep(
  chain: Pick<Chain, "findTokenAccounts" | "fetchAccounts">,
  wallets: readonly Wallet[],
  fee: bigint,
): Promise<SweptWallet[]> {
  const { accounts: held } = await chain.fetchAccounts(wallets.map(({ address }) => address));
  const planned: SweptWallet[] = [];
  for (const wallet of wallets) {
    const accounts = await closableAccounts(chain, wallet.address);
    const rents = accounts.reduce((sum, { lamports }) => sum + lamports, 0n);
    const lamports = ((held.get(wallet.address)?.lamports ?? 0n) + rents) as Lamports;
    if (lamports > fee) planned.push({ wallet, lamports, accounts });
  }
  return planned;
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
async function plan(run: Run, scene: Recovering, wallets: readonly Wallet[]): Promise<Leg[]> {
  const { ports, operation, lease } = run;
  const known = await ports.journal.readLegs(operation.id);
  if (known.length > 0) return known;
  const { walletIds = [], buyLamports } = operation.request;
  const chosen = wallets.filter(({ id, role }) => role === "buyer" && walletIds.includes(id));
  const planned = await planSweep(ports.chain, chosen, feeOf(scene));
  const total = totalOf(planned);
  if (total === 0n) throw new CTOError("CTO_E_SWEEP_NOTHING", { userId: operation.request.userId });
  if (total > buyLamports) {
    throw new CTOError("CTO_E_SWEEP_CHANGED", { confirmed: String(buyLamports), total: String(total) });
  }
  if (scene.payer !== null) {
    const { address } = scene.payer;
    const fetched = await ports.chain.fetchAccounts([address, ...CLUSTER_ACCOUNTS]);
    const fees = BigInt(planned.length) * feeOf(scene);
    const held = fetched.accounts.get(address)?.lamports ?? 0n;
    requireRecoveryFees(readClusterFacts(fetched), address, held, fees);
  }
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

/** Drives a sweep's open steps to rest. */
export const driveSweep = async (
  run: Run,
  settings: EngineSettings,
  scene: Recovering,
  legs: readonly Leg[],
): Promise<void> => {
  const planOf = async ({ index, address, lamports }: Leg): Promise<RecoveryLeg> => ({
    leg: index,
    owed: lamports,
    before: 0n as Lamports,
    accounts: await closableAccounts(run.ports.chain, address),
  });
  await driveRecoveries(run, settings, { scene, legs, planOf, cancellable: true });
};

/** Runs a sweep to its end. Throws the same errors as `runOperation`. */
export async function runSweep(
  run: Run,
  settings: EngineSettings,
  wallets: readonly Wallet[],
): Promise<Operation> {
  try {
    await enterPhase(run, "started");
    const scene = await openScene(run, wallets);
    const legs = await plan(run, scene, wallets);
    await enterPhase(run, "executing");
    await driveSweep(run, settings, scene, legs);
  } catch (error) {
    if (error instanceof LeaseLost || run.signal.aborted || isOutage(error)) throw error;
    await giveUp(run, error);
    return conclude(run, error);
  }
  return conclude(run);
}
