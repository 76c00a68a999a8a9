/**
 * Checks the caller's own deadline. From then on nothing of the operation is signed; steps in flight are followed to
 * their end.
 */
import { CTOError } from "../../errors/index.ts";
import type { Operation } from "../ports.ts";

export const isExpired = ({ request: { expiresAt } }: Pick<Operation, "request">, now: Date): boolean =>
  expiresAt !== undefined && now >= expiresAt;

export const expired = ({ request: { expiresAt } }: Pick<Operation, "request">) =>
  new CTOError("CTO_E_OPERATION_EXPIRED", { expiresAt: expiresAt?.toISOString() ?? "" });
