/** Follows an operation to its end, showing its progress. */
import type { CTOContext } from "../runtime/context.ts";
import { subscribe } from "../services/progress.ts";
import { createProgressView, type ProgressView } from "./progress-view.ts";
import { type KnownStatus, readKnownStatus } from "./status-text.ts";
import type { Terminal } from "./terminal.ts";

const showPlan = (view: ProgressView, { result }: KnownStatus): void =>
  view.plan(result.legs.map((leg) => ({ ...leg, lamports: BigInt(leg.lamports) })));

/**
 * Waits until the operation has ended, or needs a person, or the signal aborts.
 *
 * @returns its status then
 * @throws `CTO_E_OPERATION_UNKNOWN`
 */
export async function follow(
  context: CTOContext,
  jobId: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<KnownStatus> {
  const { data } = await readKnownStatus(context, jobId);
  const view = createProgressView(terminal, `${jobId}  ${data.mode}  ${data.buyAmount} SOL`);
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
        // The plan is written before the phase in which it is carried out.
        if (event.type === "phase" && event.phase === "executing") {
          readKnownStatus(context, jobId).then(
            (status) => showPlan(view, status),
            () => undefined,
          );
        }
        // Such an operation counts as active until a person has looked: waiting on would be for ever.
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
