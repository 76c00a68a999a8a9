/** What an operation's status says: whether it is over, and whether a worker has it or will have it. */
import type { OperationStatus } from "./model.ts";

type Standing = { readonly status: OperationStatus };

/** Never left again. */
export const OVER: readonly OperationStatus[] = ["completed", "failed", "cancelled"];

/** A worker has it, or will. */
export const UNDER_WAY: readonly OperationStatus[] = ["waiting", "active"];

/** It has its outcome for good. One that needs a review is not over: a later proof or a person may still change it. */
export const isOver = ({ status }: Standing): boolean => OVER.includes(status);

/** A worker has it, or will. What is neither under way nor over needs a review. */
export const isUnderWay = ({ status }: Standing): boolean => UNDER_WAY.includes(status);
