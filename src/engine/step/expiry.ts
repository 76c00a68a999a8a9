/** The caller's own deadline: from then on nothing of the operation is signed. What is in flight is followed to its end. */
import { CTOError } from "../../errors/index.ts";
import type { Operation } from "../ports.ts";

export const isExpired = ({ request: { expiresAt } }: Pick<Operation, "request">, now: Date): boolean =>
  expiresAt !== undefined && now >= expiresAt;

export const expired = ({ request: { expiresAt } }: Pick<Operation, "request">) =>
  new CTOError("CTO_E_OPERATION_EXPIRED", { expiresAt: expiresAt?.toISOString() ?? "" });
