/** Lists, receipts and their check for external applications, by the services that HTTP and the command line use. */
import { toJob } from "../contract/present.ts";
import type { CTOJob, CTOJobStatus } from "../contract/types.ts";
import type { OperationFilter, OperationStatus } from "../engine/ports.ts";
import {
  createChainReader,
  loadReceipt,
  type Receipt,
  type Verification,
  verifyReceipt,
} from "../receipts/index.ts";
import { findCluster } from "../runtime/cluster-address.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { readStatus } from "../services/operations.ts";
import { subscribe } from "../services/progress.ts";

export type CTOOperationFilter = Omit<OperationFilter, "limit"> & {
  /** At most 1,000. Default: 20. */
  readonly limit?: number;
};

export type CTOOperationSummary = {
  readonly jobId: string;
  /** The journal's own word: `needs_review` among them. */
  readonly status: OperationStatus;
  readonly progress: number;
  readonly partial: boolean;
  readonly data: CTOJob;
  readonly createdAt: Date;
  readonly retryOf?: string;
  readonly tags?: readonly string[];
  readonly reference?: string;
};

const MOST = 1_000;

/**
 * Operations, newest first. `before` goes on from the last id of the page before; `search` is the beginning of an id, a token's
 * address, a tag, or a reference.
 *
 * @example
 * const open = await listCTOOperations({ userId: "user123", statuses: ["waiting", "active"] });
 */
export async function listCTOOperations({
  limit = 20,
  ...filter
}: CTOOperationFilter = {}): Promise<CTOOperationSummary[]> {
  const { journal } = await defaultContext();
  const found = await journal.listOperations({ ...filter, limit: Math.max(1, Math.min(limit, MOST)) });
  return found.map((operation) => {
    const { id: jobId, status, progress, partial, createdAt, request } = operation;
    const { retry, tags, reference } = request;
    return {
      jobId,
      status,
      progress,
      partial,
      data: toJob(operation),
      createdAt,
      ...(retry ? { retryOf: retry.of } : {}),
      ...(tags ? { tags } : {}),
      ...(reference !== undefined ? { reference } : {}),
    };
  });
}

/** Waits for the end of an operation, from whichever process runs it: see `subscribeToProgress` for what happens until then. */
export async function waitForCTOJob(jobId: string): Promise<CTOJobStatus> {
  const context = await defaultContext();
  const now = await readStatus(context, jobId);
  if (now.status === "not_found") return now;
  return new Promise((resolve) => {
    subscribe(context, jobId, () => undefined, resolve);
  });
}

/**
 * The public receipt: wallets, amounts, signatures and prices, and no person. Without a cluster it has no prices.
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function getCTOReceipt(jobId: string): Promise<Receipt> {
  const context = await defaultContext();
  const cluster = await findCluster(context.config).catch(() => null);
  return loadReceipt(context, jobId, cluster && createChainReader(cluster.urls[0]));
}

/**
 * Checks a receipt against the chain alone, by the rules of docs/receipt-format.md.
 *
 * @param receipt an operation's id, or a receipt from wherever it came
 * @param options.rpcUrl the endpoint to ask. Default: the first of SOLANA_RPC_URL, or the localnet
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`
 * @example
 * const { ok, problems } = await verifyCTOReceipt(jobId);
 */
export async function verifyCTOReceipt(
  receipt: string | Receipt,
  { rpcUrl }: { rpcUrl?: string } = {},
): Promise<Verification> {
  const context = await defaultContext();
  const reader = createChainReader(rpcUrl ?? (await findCluster(context.config)).urls[0]);
  return verifyReceipt(
    typeof receipt === "string" ? await loadReceipt(context, receipt, reader) : receipt,
    reader,
  );
}
