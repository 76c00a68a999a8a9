/** Shows what was signed: every step with its attempts and their outcomes, in plain words. */
import type { Attempt, OperationDetail, Step } from "../../api/types.ts";
import { clock } from "../../format/time.ts";
import { isUnderWay } from "../../format/words.ts";
import { useKeyNames, withNames } from "../../parts/actor.tsx";
import { Short, shorten } from "../../parts/address.tsx";
import { More, useFold } from "../../parts/fold.tsx";
import { RemedyOf } from "../../parts/problem.tsx";
import { Badge, StepBadge } from "../../parts/status.tsx";

const KINDS = { buy: "Buy of leg", fund: "Funding batch", recover: "Return of leg" } as const;

/** Returns whether a person declared the step dead. That is not a proof, so we use another label. */
const wasDeclared = ({ failure }: Step): boolean => failure?.code === "CTO_E_STEP_REVIEWED_DEAD";

type Names = ReadonlyMap<string, string>;
type AttemptProps = { attempt: Attempt; open: boolean; declared: boolean; names: Names };

function Outcome({ attempt, open, declared, names }: AttemptProps) {
  const { status, slot, reason, lastValidBlockHeight } = attempt;
  if (status === "landed") {
    return (
      <>
        <Badge tone="good" label="Landed" /> in slot {slot}
      </>
    );
  }
  if (status === "dead") {
    return (
      <>
        <Badge tone="off" label={declared ? "Declared dead" : "Provably dead"} />{" "}
        {reason === null ? "it can no longer land" : withNames(reason, names)}
      </>
    );
  }
  const last = BigInt(lastValidBlockHeight) + 1n;
  return (
    <>
      <Badge tone={open ? "busy" : "warn"} label={open ? "Being sent" : "Unknown"} /> These same bytes, until
      they land or block {String(last)} has passed. No other is signed before it is proved dead.
    </>
  );
}

const AttemptItem = ({ attempt, open, declared, names }: AttemptProps) => (
  <li>
    <p>
      <span class="attempt-number">Attempt {attempt.number}</span> signed{" "}
      <time dateTime={attempt.createdAt}>{clock(attempt.createdAt)}</time>
      {attempt.venue && <> for {attempt.venue}</>} <Short text={attempt.signature} what="signature" />
    </p>
    <p>
      <Outcome attempt={attempt} open={open} declared={declared} names={names} />
    </p>
  </li>
);

/** Returns whether a step landed at the first attempt. Such a step is folded; any other step is open. */
const isPlain = ({ status, attempts }: Step): boolean =>
  (status === "finalized" || status === "confirmed") && attempts.length === 1;

type StepProps = { step: Step; address: string | undefined; user: string; names: Names };

function StepItem({ step, address, user, names }: StepProps) {
  const { kind, leg, status, failure, attempts } = step;
  return (
    <li>
      <details open={!isPlain(step) && attempts.length > 0}>
        <summary>
          <span class="step-name">
            {KINDS[kind]} {leg}
          </span>
          <StepBadge status={status} />
          {address && kind !== "fund" && <code class="muted">{shorten(address)}</code>}
        </summary>
        {failure && (
          <div class="step-failure">
            <p>{withNames(failure.message, names)}</p>
            {failure.remedy && (
              <p>
                <RemedyOf code={failure.code} remedy={failure.remedy} user={user} />
              </p>
            )}
            <p class="muted">
              <code>{failure.code}</code>
            </p>
          </div>
        )}
        {attempts.length === 0 ? (
          <p class="muted">Nothing was signed.</p>
        ) : (
          <ol class="attempts">
            {attempts.map((attempt) => (
              <AttemptItem
                key={attempt.number}
                attempt={attempt}
                open={status === "in_flight"}
                declared={wasDeclared(step)}
                names={names}
              />
            ))}
          </ol>
        )}
      </details>
    </li>
  );
}

/** The kinds in the order of their time: the funding ahead, the buys, and the returns. */
const ORDER: readonly Step["kind"][] = ["fund", "buy", "recover"];

const inOrder = (steps: readonly Step[]): Step[] =>
  steps.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.leg - b.leg);

export function Timeline({ operation, steps }: { operation: OperationDetail; steps: readonly Step[] }) {
  const addresses = new Map(operation.legs.map(({ leg, address }) => [leg, address]));
  const { names } = useKeyNames();
  const ordered = inOrder(steps);
  const whole = useFold(ordered);
  // If not all steps are shown, we omit first those that landed at the first attempt.
  const shown =
    whole.hidden === 0
      ? ordered
      : [...ordered.filter((step) => !isPlain(step)), ...ordered.filter(isPlain)].slice(
          0,
          whole.shown.length,
        );
  return (
    <section class="panel" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Steps and attempts</h2>
      {steps.length === 0 ? (
        <p class="muted">
          {isUnderWay(operation.status) ? "Nothing is planned yet." : "Nothing was planned."}
        </p>
      ) : (
        <ol class="timeline">
          {shown.map((step) => (
            <StepItem
              key={step.id}
              step={step}
              address={addresses.get(step.leg)}
              user={operation.userId}
              names={names}
            />
          ))}
        </ol>
      )}
      <More fold={whole} what="steps" />
    </section>
  );
}
