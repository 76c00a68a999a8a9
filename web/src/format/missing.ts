/** Decides whether a retry is offered: some leg provably did not land. */
import type { OperationDetail } from "../api/types.ts";
import { hasLanded, isUnderWay } from "./words.ts";

type Ended = Pick<OperationDetail, "status" | "retriedBy" | "restored"> & {
  readonly totals: Pick<OperationDetail["totals"], "legs" | "landed">;
};

/**
 * Returns whether some leg provably did not land, and the operation was not retried yet. An operation from a backup
 * without its plan may have bought after the backup, so nothing is proved about it.
 */
export const hasMissing = (
  { status, retriedBy, restored, totals }: Ended,
  legs: readonly Pick<OperationDetail["legs"][number], "status">[],
): boolean =>
  !isUnderWay(status) &&
  status !== "needs_review" &&
  retriedBy === null &&
  (totals.legs === 0 ? !restored : totals.landed < totals.legs) &&
  legs.every((leg) => hasLanded(leg.status) || leg.status === "failed" || leg.status === "cancelled");
