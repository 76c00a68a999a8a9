/**
 * Offers lists, receipts and their verification to external applications, with the same services as HTTP and the
 * command line.
 */
import { pageLimit, requireListed } from "../contract/page-limit.ts";
import { toJob } from "../contract/present.ts";
import type { CTOJob, CTOJobStatus } from "../contract/types.ts";
import type { OperationFilter, OperationStatus } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import {
  createFailoverReader,
  loadReceipt,
  type Receipt,
  type Verification,
  verifyAtEndpoints,
} from "../receipts/index.ts";
import { findCluster } from "../runtime/cluster-address.ts";
import { defaultContext } from "../runtime/default-context.ts";
import { readStatus } from "../services/operations.ts";
import { untilEnded } from "../services/progress.ts";

export type CTOOperationFilter = Omit<OperationFilter, "limit" | "recovery"> & {
  /** At most 1,000. Default: 20. */
  readonly limit?: number;
};

export type CTOOperationSummary = {
  readonly jobId: string;
  /** The journal's status, which may be `needs_review`. */
  readonly status: OperationStatus;
  readonly progress: number;
  readonly partial: boolean;
  readonly data: CTOJob;
  readonly createdAt: Date;
  readonly retryOf?: string;
  readonly tags?: readonly string[];
  readonly reference?: string;
};

/**
 * Lists operations, newest first. `before` is the last id of the previous page. `search` is the beginning of an id, a
 * token's address, a tag, or a reference.
 *
 * @throws `CTO_E_USAGE` if `before` is no operation
 * @example
 * const open = await listCTOOperations({ userId: "user123", statuses: ["waiting", "active"] });
 */
export async function listCTOOperations({
  limit = 20,
  ...filter
}: CTOOperationFilter = {}): Promise<CTOOperationSummary[]> {
  const { journal } = await defaultContext();
  const { before } = filter;
  if (before !== undefined) requireListed((await journal.readOperation(before)) !== null, "before", before);
  const found = await journal.listOperations({ ...filter, limit: pageLimit(limit) });
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

/**
 * Waits for the end of an operation, which any process may run. `subscribeToProgress` also reports its progress.
 *
 * @throws `CTO_E_WAIT_CLOSED` if `closeAll` is called meanwhile; the operation continues
 */
export async function waitForCTOJob(jobId: string): Promise<CTOJobStatus> {
  const context = await defaultContext();
  const now = await readStatus(context, jobId);
  if (now.status === "not_found") return now;
  return untilEnded(context, jobId);
}

/**
 * Returns the public receipt: wallets, amounts, signatures and prices, but no personal data. Without a cluster, it has
 * no prices.
 *
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CALL_WITHOUT_RECEIPT`
 */
export async function getCTOReceipt(jobId: string): Promise<Receipt> {
  const context = await defaultContext();
  const cluster = await findCluster(context.config).catch(() => null);
  return loadReceipt(context, jobId, cluster && createFailoverReader(cluster.urls));
}

/**
 * Verifies a receipt against the chain alone, by the rules of docs/receipt-format.md.
 *
 * @param receipt an operation's id, or a receipt from any source
 * @param options.rpcUrl the only endpoint to use. Default: those of SOLANA_RPC_URL, as `cto receipt --verify` uses them, or
 * the localnet
 * @throws `CTO_E_OPERATION_UNKNOWN`, `CTO_E_CONFIG_NO_CLUSTER`, `CTO_E_RPC_UNAVAILABLE`, `CTO_E_RPC_INVALID_ANSWER`,
 * `CTO_E_USAGE`
 * @example
 * const { ok, problems } = await verifyCTOReceipt(jobId);
 */
export async function verifyCTOReceipt(
  receipt: string | Receipt,
  { rpcUrl }: { rpcUrl?: string } = {},
): Promise<Verification> {
  const context = await defaultContext();
  if (rpcUrl !== undefined && !(/^https?:/i.test(rpcUrl) && URL.canParse(rpcUrl))) {
    throw new CTOError("CTO_E_USAGE", { problem: "rpcUrl is not an http or https URL" });
  }
  const urls = rpcUrl === undefined ? (await findCluster(context.config)).urls : ([rpcUrl] as const);
  return verifyAtEndpoints(
    typeof receipt === "string" ? await loadReceipt(context, receipt, createFailoverReader(urls)) : receipt,
    urls,
    rpcUrl === undefined ? context.config.RESIGN_QUORUM : undefined,
  );
}
