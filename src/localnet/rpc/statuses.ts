/** Implements `getSignatureStatuses`: a cache of recent slots, which drops older ones, and the search in history. */
import { z } from "zod";
import type { Cluster } from "../cluster.ts";
import type { ExecutedTransaction } from "../execution.ts";
import { type Method, method, withContext } from "./method.ts";
import { signature } from "./params.ts";

/** Agave's limit. */
const MAX_SIGNATURES = 256;

/** `status` is agave's older form of `err`. */
export const statusOf = ({ err }: Pick<ExecutedTransaction, "err">) =>
  err === null ? { Ok: null } : { Err: err };

const view = (cluster: Cluster, transaction: ExecutedTransaction) => {
  const confirmationStatus = cluster.ledger.commitmentOf(transaction.slot);
  return {
    slot: transaction.slot,
    confirmations:
      confirmationStatus === "finalized" ? null : cluster.head("processed").slot - transaction.slot,
    err: transaction.err,
    status: statusOf(transaction),
    confirmationStatus,
  };
};

export const statusMethods: Readonly<Record<string, Method>> = {
  getSignatureStatuses: method(
    z.tuple([
      z.array(signature).max(MAX_SIGNATURES, `Too many inputs provided; max ${MAX_SIGNATURES}`),
      z.object({ searchTransactionHistory: z.boolean().nullish() }).nullish().optional(),
    ]),
    (cluster, [signatures, config]) => {
      const newest = cluster.head("processed");
      const oldestCached = newest.slot - cluster.statusCacheSlots;
      const known = (transaction: ExecutedTransaction): boolean =>
        transaction.slot > oldestCached ||
        // Agave's history contains only finalized transactions.
        (config?.searchTransactionHistory === true &&
          cluster.ledger.commitmentOf(transaction.slot) === "finalized");
      const statuses = signatures.map((wanted) => {
        const transaction = cluster.ledger.transaction(wanted);
        return transaction !== null && known(transaction) ? view(cluster, transaction) : null;
      });
      return withContext(newest, statuses);
    },
  ),
};
