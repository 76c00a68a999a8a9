/** What can be done with an operation: stop it, have unspent funds returned, read its receipt. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import type { OperationDetail, Step } from "../../api/types.ts";
import { hasLanded, isOver } from "../../format/words.ts";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { useAction } from "../../parts/use-action.ts";
import { may, useMe } from "../../session.ts";
import { RecoverDialog } from "./recover-dialog.tsx";

type CancelAnswer = { message: string | null };
type DialogProps = { id: string; onClose: () => void; onDone: () => void };

function CancelDialog({ id, onClose, onDone }: DialogProps) {
  const { busy, problem, run } = useAction();
  const cancel = (): Promise<void> =>
    run(async () => {
      const answer = await change<CancelAnswer>(`/v1/operations/${encodeURIComponent(id)}/cancel`, {});
      onDone();
      announce(answer.message ?? "Cancelled");
      onClose();
    });
  return (
    <Dialog title="Cancel this operation" onClose={onClose}>
      <div class="stack">
        <p>
          If it waits, it ends at once. If it is under way, no new leg begins; what is already signed is
          followed to its end, and what has landed stays bought.
        </p>
        {problem && <ProblemNote problem={problem} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Back
          </button>
          <button type="button" class="danger" aria-busy={busy} onClick={cancel}>
            Cancel the operation
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** Paid ahead of the buys: what a buy has not used is there too when it has landed. All back: there is nothing to ask. */
export const hasStranded = ({ status, mode, recovery }: OperationDetail, steps: readonly Step[]): boolean =>
  isOver(status) &&
  status !== "needs_review" &&
  mode === "standard" &&
  steps.some((step) => step.kind === "fund" && hasLanded(step.status)) &&
  !(recovery?.state === "done" && recovery.leftLamports === "0");

type Props = { operation: OperationDetail; steps: readonly Step[]; onDone: () => void };

export function OperationActions({ operation, steps, onDone }: Props) {
  const me = useMe();
  const [asking, setAsking] = useState<"cancel" | "recover" | null>(null);
  const { id, status, cancelRequested, receiptUrl } = operation;
  const close = (): void => setAsking(null);
  return (
    <>
      <a class="button" href={receiptUrl}>
        Receipt
      </a>
      {may(me, "operate") && hasStranded(operation, steps) && (
        <button type="button" onClick={() => setAsking("recover")}>
          Return unspent funds…
        </button>
      )}
      {may(me, "operate") && !isOver(status) && (
        <button type="button" class="danger" disabled={cancelRequested} onClick={() => setAsking("cancel")}>
          {cancelRequested ? "Cancelling…" : "Cancel…"}
        </button>
      )}
      {asking === "cancel" && <CancelDialog id={id} onClose={close} onDone={onDone} />}
      {asking === "recover" && <RecoverDialog id={id} onClose={close} onDone={onDone} />}
    </>
  );
}
