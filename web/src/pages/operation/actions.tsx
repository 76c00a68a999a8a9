/** What can be done with an operation: stop it, have unspent funds returned, read its receipt. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import type { Failure, OperationDetail, RecoveryState, Step } from "../../api/types.ts";
import { hasLanded, isOver } from "../../format/words.ts";
import { Sol } from "../../parts/amount.tsx";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { useAction } from "../../parts/use-action.ts";
import { may, useMe } from "../../session.ts";

type CancelAnswer = { success: boolean; message: string | null; error: string | null };
type DialogProps = { id: string; onClose: () => void; onDone: () => void };

function CancelDialog({ id, onClose, onDone }: DialogProps) {
  const { busy, problem, run } = useAction();
  const [refusal, setRefusal] = useState<string | null>(null);
  const cancel = (): Promise<void> =>
    run(async () => {
      const answer = await change<CancelAnswer>(`/v1/operations/${encodeURIComponent(id)}/cancel`, {});
      onDone();
      if (!answer.success) return setRefusal(answer.error);
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
        {refusal && <p role="alert">{refusal}</p>}
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

/** What came of it so far; a worker may still have it when the server answers. */
type RecoverAnswer = {
  state: RecoveryState;
  returnedLamports: string;
  legs: { leg: number; leftLamports: string; why?: string | null }[];
  failure?: Failure | null;
};

/** Long enough for what has landed to be final, and for a worker to come. */
const WAIT_SECONDS = 30;

const RECOVERY_WORDS: Readonly<Record<RecoveryState, string>> = {
  requested: "A worker is at it; the steps below show how it goes on.",
  needs_review: "The fate of some return cannot be proved: a person must look.",
  done: "Done.",
};

function Recovered({ answer }: { answer: RecoverAnswer }) {
  const left = answer.legs.filter(({ leftLamports }) => BigInt(leftLamports) > 0n);
  return (
    <div role="status" class="stack">
      <p>
        {RECOVERY_WORDS[answer.state]} Returned so far: <Sol lamports={answer.returnedLamports} />.
      </p>
      {answer.failure && <p>{answer.failure.message}</p>}
      {left.length > 0 && (
        <ul>
          {left.map(({ leg, leftLamports, why }) => (
            <li key={leg}>
              Leg {leg} still has <Sol lamports={leftLamports} />
              {why && `: ${why}`}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function RecoverDialog({ id, onClose, onDone }: DialogProps) {
  const { busy, problem, run } = useAction();
  const [answer, setAnswer] = useState<RecoverAnswer | null>(null);
  const recover = (): Promise<void> =>
    run(async () => {
      const path = `/v1/operations/${encodeURIComponent(id)}/recover`;
      setAnswer(await change<RecoverAnswer>(path, { waitSeconds: WAIT_SECONDS }));
      onDone();
    });
  return (
    <Dialog title="Return unspent funds" onClose={onClose}>
      <div class="stack">
        {answer ? (
          <Recovered answer={answer} />
        ) : (
          <p>
            What was paid to the wallets ahead of their buys, and not spent, goes back: straight to the
            funding wallet, each return with its public memo, each at most once. What a wallet had before, and
            what it bought, is not touched.
          </p>
        )}
        {problem && <ProblemNote problem={problem} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            {answer ? "Close" : "Back"}
          </button>
          {!answer && (
            <button type="button" class="primary" aria-busy={busy} onClick={recover}>
              {busy ? "Waiting for the worker…" : "Return the funds"}
            </button>
          )}
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
