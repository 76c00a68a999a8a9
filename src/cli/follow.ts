/** Follows an operation to its end and shows its progress. */
import type { CTOContext } from "../runtime/context.ts";
import { subscribe } from "../services/progress.ts";
import { createProgressView, type ProgressView } from "./progress-view.ts";
import { isSweep, type KnownStatus, readKnownStatus } from "./status-text.ts";
import type { Terminal } from "./terminal.ts";

const showPlan = (view: ProgressView, { result }: KnownStatus): void =>
  view.plan(result.legs.map((leg) => ({ ...leg, lamports: BigInt(leg.lamports) })));

/** The amount of a sweep is what may go back at most. */
export const titleOf = (status: KnownStatus): string => {
  const { jobId, data } = status;
  return isSweep(status)
    ? `${jobId}  sweep  ${data.buyAmount} SOL at most back to the funding wallet`
    : `${jobId}  ${data.mode}  ${data.buyAmount} SOL`;
};

/**
 * Waits until the operation ends or needs a person, or until the signal aborts.
 *
 * @returns the operation's status at that time
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function follow(
  context: CTOContext,
  jobId: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<KnownStatus> {
  const view = createProgressView(terminal, titleOf(await readKnownStatus(context, jobId)));
  await new Promise<void>((resolve) => {
    const end = (): void => {
      unsubscribe();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const unsubscribe = subscribe(
      context,
      jobId,
      (event) => {
        view.event(event);
        // The engine writes the plan before the phase `executing` begins.
        if (event.type === "phase" && event.phase === "executing") {
          readKnownStatus(context, jobId).then(
            (status) => showPlan(view, status),
            () => undefined,
          );
        }
        // Such an operation counts as active until a person decides. The wait could last forever.
        if (event.type === "result" && event.status === "needs_review") end();
      },
      end,
    );
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  });
  view.done();
  return readKnownStatus(context, jobId);
}
