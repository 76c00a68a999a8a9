/** Shows what a sweep of a user's buyer wallets would return, and starts a sweep. See `engine/recovery/sweep.ts`. */
import { address, type Lamports } from "@solana/kit";
import type { OperationRequest, Wallet } from "../engine/ports.ts";
import { planSweep, type SweptWallet, sweepFee, totalOf } from "../engine/recovery/sweep.ts";
import { CTOError } from "../errors/index.ts";
import { audited } from "../runtime/audit-log.ts";
import type { CTOContext } from "../runtime/context.ts";
import type { WorkerPorts } from "../runtime/worker-ports.ts";
import { newOperationId } from "./operations.ts";

const WRAPPED_SOL = address("So11111111111111111111111111111111111111112");

export type SweepPreview = {
  readonly funding: Wallet;
  readonly wallets: readonly SweptWallet[];
  readonly totalLamports: Lamports;
  /** The approximate fees that the funding wallet pays. */
  readonly feeLamports: bigint;
};

const requestOf = (
  { CTO_PARALLELISM }: CTOContext["config"],
  userId: string,
  walletIds: readonly string[],
  total: Lamports,
): OperationRequest => ({
  userId,
  userChatId: 0,
  tokenAddress: WRAPPED_SOL,
  buyLamports: total,
  mode: "standard",
  platform: "unknown",
  priority: 0,
  slippageBps: 0,
  walletIds,
  parallelism: CTO_PARALLELISM,
  purpose: "sweep",
});

/** Called after each wallet that was read, with the number of those read and of all. */
export type SweepProgress = (read: number, all: number) => void;

/**
 * Returns what a sweep would return now. Nothing is signed or stored.
 *
 * @throws `CTO_E_USER_UNKNOWN`, `CTO_E_USER_HAS_NO_FUNDING_WALLET`, `CTO_E_RPC_UNAVAILABLE`
 */
export async function previewSweep(
  { journal }: Pick<CTOContext, "journal">,
  { chain }: Pick<WorkerPorts, "chain">,
  userId: string,
  onProgress?: SweepProgress,
): Promise<SweepPreview> {
  if ((await journal.readUser(userId)) === null) throw new CTOError("CTO_E_USER_UNKNOWN", { userId });
  const all = await journal.listWallets(userId);
  const funding = all.find(({ role }) => role === "funding");
  if (funding === undefined) throw new CTOError("CTO_E_USER_HAS_NO_FUNDING_WALLET", { userId });
  const fee = await sweepFee(chain, funding.address);
  const buyers = all.filter(({ role }) => role === "buyer");
  const paying = { feePayer: funding.address, fee };
  const wallets = await planSweep(chain, buyers, paying, (read) => onProgress?.(read, buyers.length));
  return {
    funding,
    wallets,
    totalLamports: totalOf(wallets),
    feeLamports: BigInt(wallets.length) * fee,
  };
}

/**
 * Starts the sweep that was previewed. A worker executes it.
 *
 * @param total the confirmed amount, lamports: if the wallets would now return another amount, the sweep does not
 * start
 * @returns the operation's id
 * @throws `CTO_E_SWEEP_NOTHING`, `CTO_E_SWEEP_CHANGED`, and the errors of {@link previewSweep}
 */
export async function startSweep(
  context: CTOContext,
  ports: Pick<WorkerPorts, "chain">,
  userId: string,
  total: Lamports,
  onProgress?: SweepProgress,
): Promise<string> {
  const preview = await previewSweep(context, ports, userId, onProgress);
  if (preview.totalLamports === 0n) throw new CTOError("CTO_E_SWEEP_NOTHING", { userId });
  if (preview.totalLamports !== total) {
    const context = { confirmed: total, total: preview.totalLamports };
    throw new CTOError("CTO_E_SWEEP_CHANGED", context);
  }
  const walletIds = preview.wallets.map(({ wallet }) => wallet.id);
  const id = newOperationId();
  const request = requestOf(context.config, userId, walletIds, total);
  const details = { userId, lamports: String(total) };
  await audited(context, { action: "recovery.started", subject: id, details }, () =>
    context.journal.createOperation({ id, request }),
  );
  await context.queue.wakeUser(userId).catch(() => false); // If the wake-up is lost, the requeuer creates another.
  return id;
}
