/** Previews a return of unspent funds, requests it, and shows its result. */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { isPending, useResource } from "../../api/resource.ts";
import type { Recovery, RecoveryPreview, RecoveryState } from "../../api/types.ts";
import { Sol } from "../../parts/amount.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { ProblemNote, ReadProblem } from "../../parts/problem.tsx";
import { useAction } from "../../parts/use-action.ts";

/** The waiting time is long enough for finality and for a worker to start. */
const WAIT_SECONDS = 30;

const RECOVERY_WORDS: Readonly<Record<RecoveryState, string>> = {
  requested: "A worker is at it; the steps below show how it goes on.",
  needs_review: "The fate of some return cannot be proved, or one was refused: a person must look.",
  done: "Done.",
};

function Recovered({ answer }: { answer: Recovery }) {
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

function Preview({ preview: { returnLamports, feeLamports, legs } }: { preview: RecoveryPreview }) {
  const due = legs.filter((leg) => leg.returnLamports !== "0");
  const less = legs.filter((leg) => leg.owedLamports !== leg.returnLamports);
  if (legs.length === 0) return <p>A return was begun for every leg; asking again goes on with it.</p>;
  return (
    <>
      <p>
        Would go back now: <Sol lamports={returnLamports} />, from {due.length} of {legs.length}{" "}
        {legs.length === 1 ? "wallet" : "wallets"}; fees of about <Sol lamports={feeLamports} />.
      </p>
      {less.length > 0 && (
        <ul>
          {less.map(({ leg, owedLamports, returnLamports: back, why }) => (
            <li key={leg}>
              Leg {leg}: <Sol lamports={back} /> of <Sol lamports={owedLamports} />
              {why && `: ${why}`}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

type Props = { id: string; onClose: () => void; onDone: () => void };

export function RecoverDialog({ id, onClose, onDone }: Props) {
  const { busy, problem, run } = useAction();
  const [answer, setAnswer] = useState<Recovery | null>(null);
  const path = `/v1/operations/${encodeURIComponent(id)}/recover`;
  const preview = useResource<RecoveryPreview>(`${path}?waitSeconds=${WAIT_SECONDS}`);
  const recover = (): Promise<void> =>
    run(async () => {
      setAnswer(await change<Recovery>(path, { waitSeconds: WAIT_SECONDS }));
      onDone();
    });
  return (
    <Dialog title="Return unspent funds" onClose={onClose}>
      <div class="stack">
        {answer ? (
          <Recovered answer={answer} />
        ) : (
          <>
            <p>
              What was paid to the wallets ahead of their buys, and not spent, goes back: straight to the
              funding wallet, each return with its public memo, each at most once. What a wallet had before,
              and what it bought, is not touched.
            </p>
            <div role="status">
              {preview.data && <Preview preview={preview.data} />}
              {isPending(preview) && <p class="muted">Looking at the chain…</p>}
            </div>
            <ReadProblem of={preview} />
          </>
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
