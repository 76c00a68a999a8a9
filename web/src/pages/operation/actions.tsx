/**
 * Offers the actions on an operation: cancel it, retry the legs that did not land, return unspent funds, open its
 * receipt.
 */
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { change } from "../../api/request.ts";
import type { OperationDetail, Step } from "../../api/types.ts";
import { hasMissing } from "../../format/missing.ts";
import { isSweep } from "../../format/sweep.ts";
import { hasLanded, isUnderWay } from "../../format/words.ts";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { DialogEnd } from "../../parts/dialog-end.tsx";
import { useAction } from "../../parts/use-action.ts";
import { may, useMe } from "../../session.ts";
import { RecoverDialog } from "./recover-dialog.tsx";

type CancelAnswer = { message: string | null };
type DialogProps = { id: string; onClose: () => void; onDone: () => void };

function CancelDialog({ id, onClose, onDone }: DialogProps) {
  const cancelling = useAction();
  const cancel = (): Promise<void> =>
    cancelling.run(async () => {
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
        <DialogEnd label="Cancel the operation" action={cancelling} danger onYes={cancel} onClose={onClose} />
      </div>
    </Dialog>
  );
}

function RetryDialog({ id, onClose, onDone }: DialogProps) {
  const retrying = useAction();
  const { route } = useLocation();
  const retry = (): Promise<void> =>
    retrying.run(async () => {
      const next = await change<{ id: string }>(`/v1/operations/${encodeURIComponent(id)}/retry`, {});
      onDone();
      announce("Accepted as a new operation");
      onClose();
      route(`/app/operations/${encodeURIComponent(next.id)}`);
    });
  return (
    <Dialog title="Buy again what did not land" onClose={onClose}>
      <div class="stack">
        <p>
          A new operation buys with the wallets whose buys provably did not land: the same amounts and terms,
          at the price of now. It counts under the limits like any other.
        </p>
        <DialogEnd label="Retry" action={retrying} onYes={retry} onClose={onClose} />
      </div>
    </Dialog>
  );
}

/**
 * Returns whether the wallets may have unspent funds: they were funded ahead of their buys, and a buy that landed may
 * have used less. It is false after everything was returned.
 */
export const hasStranded = ({ status, mode, recovery }: OperationDetail, steps: readonly Step[]): boolean =>
  !isUnderWay(status) &&
  status !== "needs_review" &&
  mode === "standard" &&
  steps.some((step) => step.kind === "fund" && hasLanded(step.status)) &&
  !(recovery?.state === "done" && recovery.leftLamports === "0");

type Props = { operation: OperationDetail; steps: readonly Step[]; onDone: () => void };

export function OperationActions({ operation, steps, onDone }: Props) {
  const me = useMe();
  const [asking, setAsking] = useState<"cancel" | "recover" | "retry" | null>(null);
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
      {may(me, "operate") && !isSweep(operation) && hasMissing(operation, operation.legs) && (
        <button type="button" onClick={() => setAsking("retry")}>
          Retry…
        </button>
      )}
      {may(me, "operate") && isUnderWay(status) && (
        <button type="button" class="danger" disabled={cancelRequested} onClick={() => setAsking("cancel")}>
          {cancelRequested ? "Cancelling…" : "Cancel…"}
        </button>
      )}
      {asking === "cancel" && <CancelDialog id={id} onClose={close} onDone={onDone} />}
      {asking === "retry" && <RetryDialog id={id} onClose={close} onDone={onDone} />}
      {asking === "recover" && <RecoverDialog id={id} onClose={close} onDone={onDone} />}
    </>
  );
}
