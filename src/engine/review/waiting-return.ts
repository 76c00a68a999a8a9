/** Finds the returns that a person may end although no outcome is in doubt: nobody signs them, and nothing of them can land. */
import type { Lamports, Operation, Step } from "../ports.ts";

type Requested = Pick<Operation, "recovery" | "tries">;

/** Whether this is a return of a recovery that has not ended, and each of its attempts, if there is any, is dead. */
export const isWaitingReturn = ({ recovery }: Pick<Requested, "recovery">, { kind, status }: Step): boolean =>
  kind === "recover" && status === "ready" && recovery !== undefined && recovery.state !== "done";

/** Whether a worker has tried the return and could not sign it. So it waits for a person, or for the next try. */
export const isRefusedReturn = (operation: Requested, step: Step): boolean =>
  isWaitingReturn(operation, step) && (operation.recovery?.state === "needs_review" || operation.tries > 0);

/** Returns what the return's last attempt sends, or what its leg owes if it was never signed. */
export const returnedBy = (
  { recovery }: Pick<Requested, "recovery">,
  { number, attempts }: Step,
): Lamports | undefined =>
  attempts.at(-1)?.returned ?? recovery?.legs.find(({ leg }) => leg === number)?.owed;
