/** Answers questions about an operation's status: whether it is over, and whether it is under way. */
import type { OperationStatus } from "./model.ts";

type Standing = { readonly status: OperationStatus };

/** Statuses that an operation does not leave, unless a fork reopens it (R6). */
export const OVER: readonly OperationStatus[] = ["completed", "failed", "cancelled"];

/** Statuses in which a worker has the operation, or will have it. */
export const UNDER_WAY: readonly OperationStatus[] = ["waiting", "active"];

/**
 * Whether the operation is over. An operation that needs a review is not over: a later proof or a person may still
 * change it.
 */
export const isOver = ({ status }: Standing): boolean => OVER.includes(status);

/**
 * Whether a worker has the operation, or will have it. An operation that is neither under way nor over needs a
 * review.
 */
export const isUnderWay = ({ status }: Standing): boolean => UNDER_WAY.includes(status);
