/** Settlement: waits until what landed is final, after the operation has been answered as completed. */
import type { Operation, Ports, Step } from "./ports.ts";

/**
 * Looks once at every confirmed step of a finished operation; those whose block is final become `finalized`.
 * A transaction that is not seen is sent again: the same bytes are always safe (R2), and a fork may have dropped it.
 *
 * @returns true when nothing of the operation is left to settle
 */
export async function settleOperation(
  { journal, chain }: Pick<Ports, "journal" | "chain">,
  operation: Pick<Operation, "id">,
  { timeoutMs }: { timeoutMs: number },
): Promise<boolean> {
  const confirmed = (await journal.readSteps(operation.id)).filter(({ status }) => status === "confirmed");
  const settled = await Promise.all(confirmed.map((step) => settleStep({ journal, chain }, step, timeoutMs)));
  if (settled.includes(false)) return false;
  await journal.markSettled(operation.id);
  return true;
}

async function settleStep(
  { journal, chain }: Pick<Ports, "journal" | "chain">,
  step: Step,
  timeoutMs: number,
): Promise<boolean> {
  const attempt = step.attempts.find(({ status }) => status === "landed");
  if (attempt === undefined) return false;
  const view = await chain.watch(attempt.signature, { timeoutMs, until: "finalized" });
  if (view.state === "unseen") await chain.broadcast(attempt.wire, { preflight: false });
  if (view.state !== "finalized" || view.failure !== null) return false;
  const change = {
    status: "finalized",
    attempt: { number: attempt.number, status: "landed", slot: view.slot },
  } as const;
  return (await journal.changeStep(step.id, step.version, null, change)) !== null;
}
