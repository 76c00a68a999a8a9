/**
 * Shows the evidence about steps whose outcome cannot be proved, and returns that could not be signed. It takes a person's
 * decision, which is recorded.
 */
import { useState } from "preact/hooks";
import { change } from "../../api/request.ts";
import { isPending, useResource } from "../../api/resource.ts";
import type { Failure } from "../../api/types.ts";
import { dateAndClock } from "../../format/time.ts";
import { Short } from "../../parts/address.tsx";
import { Sol } from "../../parts/amount.tsx";
import { announce } from "../../parts/announcer.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { DialogEnd } from "../../parts/dialog-end.tsx";
import { Field } from "../../parts/field.tsx";
import { ReadProblem } from "../../parts/problem.tsx";
import { SkeletonBlock } from "../../parts/skeleton.tsx";
import { useAction } from "../../parts/use-action.ts";
import { may, useMe } from "../../session.ts";

type ReviewedAttempt = {
  number: number;
  signature: string;
  signedAt: string;
  lastValidBlockHeight: string;
  endpoints: { endpoint: string; finalizedHeight: string; says: string }[];
};

type ReviewedStep = {
  stepId: string;
  leg: number;
  /** `ready`: a return that could not be signed, and that a person may end. */
  status: "needs_review" | "ready";
  address: string | null;
  lamports: string | null;
  failure: Failure | null;
  attempts: ReviewedAttempt[];
  conclusion: string;
};

type Review = { operationId: string; steps: ReviewedStep[] };
type Resolution = "dead" | "landed";

const ENDS =
  "You end this return. No transaction of it can land. What the operation left stays in the wallet, and no later request returns it; a sweep may.";

const CONSEQUENCES: Readonly<Record<Resolution, string>> = {
  dead: "You say that nothing of it is on chain and nothing can come. Its reserved spending is given back. If you are wrong, this wallet may have bought although the record says that it did not.",
  landed: "You say that it is on chain. It counts as bought.",
};

type DialogProps = {
  path: string;
  step: ReviewedStep;
  resolution: Resolution;
  onClose: () => void;
  onDone: () => void;
};

function ResolveDialog({ path, step, resolution, onClose, onDone }: DialogProps) {
  const [reason, setReason] = useState("");
  const [force, setForce] = useState(false);
  const resolving = useAction();
  const isReturn = step.status === "ready";
  const submit = (event: Event): void => {
    event.preventDefault();
    void resolving.run(async () => {
      await change(path, {
        step: step.stepId,
        resolution,
        reason: reason.trim(),
        ...(force ? { force } : {}),
      });
      announce(
        isReturn ? `The return of leg ${step.leg} is ended` : `Leg ${step.leg} is marked ${resolution}`,
      );
      onClose();
      onDone();
    });
  };
  return (
    <Dialog
      title={isReturn ? `End the return of leg ${step.leg}` : `Mark leg ${step.leg} as ${resolution}`}
      onClose={onClose}
    >
      <form onSubmit={submit}>
        <p>{isReturn ? ENDS : CONSEQUENCES[resolution]}</p>
        <p class="muted">The evidence says now: {step.conclusion}.</p>
        <Field label="Reason, for the record" value={reason} onValue={setReason} required maxLength={500} />
        <label class="choice">
          <input
            type="checkbox"
            checked={force}
            onChange={(event) => setForce(event.currentTarget.checked)}
          />
          <span>
            Decide although the evidence does not bear it out. Never possible against a landed transaction.
          </span>
        </label>
        <DialogEnd
          label={isReturn ? "End the return" : `Mark as ${resolution}`}
          action={resolving}
          danger
          disabled={reason.trim() === ""}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}

const Evidence = ({ attempt }: { attempt: ReviewedAttempt }) => (
  <li>
    <p>
      Attempt {attempt.number}, signed {dateAndClock(attempt.signedAt)},{" "}
      <Short text={attempt.signature} what="signature" />; it could land until block{" "}
      {String(BigInt(attempt.lastValidBlockHeight) + 1n)}.
    </p>
    <ul>
      {attempt.endpoints.map(({ endpoint, finalizedHeight, says }) => (
        <li key={endpoint}>
          <code>{endpoint}</code> at block {finalizedHeight}: {says}
        </li>
      ))}
    </ul>
  </li>
);

export function ReviewPanel({ id, onDone }: { id: string; onDone: () => void }) {
  const me = useMe();
  const path = `/v1/operations/${encodeURIComponent(id)}/review`;
  const review = useResource<Review>(path);
  const { data, reload } = review;
  const [asking, setAsking] = useState<{ step: ReviewedStep; resolution: Resolution } | null>(null);
  const done = (): void => {
    reload();
    onDone();
  };
  return (
    <section class="panel attention" aria-labelledby="review-title">
      <h2 id="review-title">Needs review</h2>
      <p>
        For these there is no proof of what became of them. Unknown is not failed: nothing is signed again
        until the chain or a person decides. Look the signatures up elsewhere before you do. A return that
        could not be signed is tried again; you may also end it.
      </p>
      <ReadProblem of={review} />
      {isPending(review) && (
        <div class="evidence-height">
          <SkeletonBlock lines={3} />
        </div>
      )}
      {data?.steps.map((step) => (
        <article key={step.stepId} class="reviewed">
          <h3>
            Leg {step.leg} {step.address && <Short text={step.address} what="wallet address" />}{" "}
            {step.lamports && <Sol lamports={step.lamports} />}
          </h3>
          {step.failure && <p>{step.failure.message}</p>}
          <ol class="attempts">
            {step.attempts.map((attempt) => (
              <Evidence key={attempt.number} attempt={attempt} />
            ))}
          </ol>
          <p>
            <strong>Together:</strong> {step.conclusion}
          </p>
          {may(me, "admin") && (
            <div class="actions">
              {step.status === "needs_review" && (
                <button type="button" onClick={() => setAsking({ step, resolution: "landed" })}>
                  Mark as landed… <span class="visually-hidden">leg {step.leg}</span>
                </button>
              )}
              <button type="button" class="danger" onClick={() => setAsking({ step, resolution: "dead" })}>
                {step.status === "ready" ? "End this return…" : "Mark as dead…"}{" "}
                <span class="visually-hidden">leg {step.leg}</span>
              </button>
            </div>
          )}
        </article>
      ))}
      <div class="actions">
        <button type="button" onClick={reload}>
          Ask the endpoints again
        </button>
      </div>
      {asking && <ResolveDialog path={path} {...asking} onClose={() => setAsking(null)} onDone={done} />}
    </section>
  );
}
