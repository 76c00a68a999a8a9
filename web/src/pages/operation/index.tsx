/**
 * Shows one operation: its progress, what each wallet paid and received, what was signed, and the available actions.
 */

import { useEffect, useRef } from "preact/hooks";
import { useRoute } from "preact-iso";
import { isPending } from "../../api/resource.ts";
import type { Failure, OperationDetail, Step } from "../../api/types.ts";
import { isSweep } from "../../format/sweep.ts";
import { isUnderWay, OPERATION_WORDS } from "../../format/words.ts";
import { CopyButton, shorten } from "../../parts/address.tsx";
import { announce } from "../../parts/announcer.tsx";
import { Page } from "../../parts/page.tsx";
import { ProblemNote, ReadProblem } from "../../parts/problem.tsx";
import { Badge, OperationBadge } from "../../parts/status.tsx";
import { OperationActions } from "./actions.tsx";
import { Durations } from "./durations.tsx";
import { FillChart } from "./fill-chart.tsx";
import { Legs } from "./legs.tsx";
import { Log } from "./log.tsx";
import { Phases } from "./phases.tsx";
import { PriceChart } from "./price-chart.tsx";
import { ReviewPanel } from "./review.tsx";
import { Asked, Totals } from "./summary.tsx";
import { Timeline } from "./timeline.tsx";
import { useDecimals, useOperation } from "./use-operation.ts";

/** The badges are beside the title. They appear and disappear while the page is open, and must not move the page. */
function State({ operation }: { operation: OperationDetail }) {
  const { halted, cancelRequested, status, partial } = operation;
  return (
    <>
      <OperationBadge status={status} partial={partial} />
      {operation.incidents.length > 0 && (
        <Badge
          tone="bad"
          label="Incident"
          title="A wallet received less than its transaction was signed for."
        />
      )}
      {halted && <Badge tone="warn" label="Halted" title={`Nothing new is signed: ${halted.reason}`} />}
      {cancelRequested && isUnderWay(status) && (
        <Badge
          tone="off"
          label="Being cancelled"
          title="No new leg begins; what is signed is followed to its end."
        />
      )}
    </>
  );
}

const Why = ({ failure: { message, code, remedy }, user }: { failure: Failure; user: string }) => (
  <ProblemNote problem={{ status: 0, title: "", detail: message, code, remedy: remedy ?? "" }} user={user} />
);

/** Announces the outcome once to screen readers, if the status changes while the page is open. */
function useOutcomeSpoken(operation: OperationDetail | null): void {
  const before = useRef<string | null>(null);
  const status = operation?.status ?? null;
  useEffect(() => {
    if (operation === null || status === null) return;
    if (before.current !== null && before.current !== status) {
      const { landed, legs } = operation.totals;
      announce(
        `The operation is ${OPERATION_WORDS[operation.status].label.toLowerCase()}; ${landed} of ${legs} wallets bought`,
      );
    }
    before.current = status;
  }, [status]);
}

/** Reserves the space of the content that is being loaded. */
const Waiting = () => (
  <>
    <div class="panel placeholder phases-height" aria-hidden="true" />
    <div class="pair">
      <div class="panel placeholder facts-height" aria-hidden="true" />
      <div class="panel placeholder facts-height" aria-hidden="true" />
    </div>
    <p class="visually-hidden" role="status">
      Loading
    </p>
  </>
);

/** A sweep buys nothing, and an operation that ended before any signature has no price: their charts would be empty. */
const hasPrices = (operation: OperationDetail, steps: readonly Step[]): boolean =>
  !isSweep(operation) && (isUnderWay(operation.status) || steps.some(({ attempts }) => attempts.length > 0));

function Content({ id }: { id: string }) {
  const { operation, detail, steps, events, state, reload } = useOperation(id);
  const decimals = useDecimals(operation);
  useOutcomeSpoken(operation);
  const title = `Operation ${shorten(id, 6)}`;
  return (
    <Page
      title={title}
      beside={
        <>
          <CopyButton text={id} what="operation id" />
          {operation && <State operation={operation} />}
        </>
      }
      actions={operation && <OperationActions operation={operation} steps={steps} onDone={reload} />}
    >
      <ReadProblem of={detail} />
      {operation === null && (detail.data !== null || isPending(detail)) && <Waiting />}
      {operation && (
        <>
          {operation.failure && <Why failure={operation.failure} user={operation.userId} />}
          {operation.incidents.map(({ leg, failure }) => (
            <Why
              key={leg}
              failure={{ ...failure, message: `Incident: ${failure.message}` }}
              user={operation.userId}
            />
          ))}
          <Phases operation={operation} steps={steps} events={events} />
          {(operation.totals.needsReview || operation.recovery?.state === "needs_review") && (
            <ReviewPanel id={id} onDone={reload} />
          )}
          <div class="pair">
            <Totals operation={operation} steps={steps} decimals={decimals} />
            <Asked operation={operation} />
          </div>
          {hasPrices(operation, steps) && (
            <div class="pair">
              <PriceChart operation={operation} steps={steps} decimals={decimals} />
              <FillChart operation={operation} events={events} />
            </div>
          )}
          {!isSweep(operation) && <Legs operation={operation} steps={steps} decimals={decimals} />}
          {(events.length > 1 || steps.length > 0) && (
            <Durations operation={operation} steps={steps} events={events} />
          )}
          <div class="pair">
            <Timeline operation={operation} steps={steps} />
            <Log id={id} events={events} state={state} status={operation.status} />
          </div>
        </>
      )}
    </Page>
  );
}

export function OperationPage() {
  const { params } = useRoute();
  const id = params.id ?? "";
  return <Content key={id} id={id} />;
}
