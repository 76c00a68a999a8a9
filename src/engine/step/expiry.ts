/**
 * Checks the caller's own deadline. From then on nothing of the operation is signed; steps in flight are followed to
 * their end.
 */
import { CTOError } from "../../errors/index.ts";
import type { Operation } from "../ports.ts";

export const isExpired = ({ request: { expiresAt } }: Pick<Operation, "request">, now: Date): boolean =>
  expiresAt !== undefined && now >= expiresAt;

/** @param how.isNew the request is refused before there is an operation */
export const expired = ({ request: { expiresAt } }: Pick<Operation, "request">, how: { isNew?: true } = {}) =>
  new CTOError("CTO_E_OPERATION_EXPIRED", { expiresAt: expiresAt?.toISOString() ?? "", ...how });
