/** Follows an operation across processes: its events in order, and then its end. */

import type { CTOJobStatus, CTOProgress } from "../contract/types.ts";
import type { StoredEvent } from "../engine/ports.ts";
import { CTOError } from "../errors/index.ts";
import type { Following } from "../queue/event-feeds.ts";
import type { CTOContext } from "../runtime/context.ts";
import { readStatus } from "./operations.ts";

export type EndListener = {
  onEvents(events: readonly StoredEvent[]): void;
  /** While it returns false, we read nothing for this listener. Default: always true. */
  isReady?(): boolean;
  /** Whether the operation has ended, according to the journal. If it throws, we call it again later. */
  isEnded(): Promise<boolean>;
  /** Called once, after the last event. We then stop following. */
  onEnd(): void;
  /** Called once instead of `onEnd` if this process closes the context first. */
  onClosed?(): void;
};

/**
 * How long we wait for the result event of an ended operation, ms. The engine writes the state first and the event a
 * moment later.
 */
const RESULT_MS = 5_000;

/** Follows an operation from the event after `after`, until it has ended and all its events are delivered. */
export function followToEnd(
  { feeds }: Pick<CTOContext, "feeds">,
  jobId: string,
  after: number,
  listener: EndListener,
): Following {
  let seen = after;
  let isResultSeen = false;
  let endedAt: number | undefined;
  let checking = false;
  let over = false;
  const stop = (): void => {
    over = true;
    following.stop();
  };
  const endWhenEnded = async (): Promise<void> => {
    const before = seen;
    if (!(await listener.isEnded())) {
      endedAt = undefined;
      return;
    }
    if (over || seen !== before) return;
    // A crash between the two writes must not make the listener wait forever.
    endedAt ??= performance.now();
    if (!isResultSeen && performance.now() - endedAt < RESULT_MS) return;
    stop();
    listener.onEnd();
  };
  const following = feeds.follow(jobId, after, {
    onEvents(events) {
      seen = events.at(-1)?.seq ?? seen;
      for (const { type } of events) {
        if (type === "result") isResultSeen = true;
        // The operation was reopened and is under way.
        if (type === "phase") isResultSeen = false;
      }
      listener.onEvents(events);
    },
    onQuiet() {
      if (checking) return;
      checking = true;
      endWhenEnded()
        .catch(() => undefined) // The journal is unavailable. The next `onQuiet` tries again.
        .finally(() => {
          checking = false;
        });
    },
    isReady: () => listener.isReady?.() ?? true,
    onClosed() {
      over = true;
      listener.onClosed?.();
    },
  });
  return { resume: following.resume, stop };
}

export type ProgressListener = (progress: CTOProgress) => void;
export type CompletionListener = (status: CTOJobStatus) => void;
type Listeners = {
  readonly onProgress: ProgressListener;
  readonly onCompleted?: CompletionListener | undefined;
  readonly onClosed?: () => void;
};

/**
 * Reports an operation's events from the first one on, in order, each once, and then its final status. If the journal
 * or the queue is unavailable, nothing is lost; the reports come later. Closing the context ends the reports.
 *
 * @returns a function that stops the reports
 */
export function subscribe(
  context: CTOContext,
  jobId: string,
  onProgress: ProgressListener,
  onCompleted?: CompletionListener,
): () => void {
  return listen(context, jobId, { onProgress, onCompleted });
}

/**
 * Waits until the operation has ended.
 *
 * @throws `CTO_E_WAIT_CLOSED` if this process closes the context first; a wait that never ends would hide that
 */
export const untilEnded = (context: CTOContext, jobId: string): Promise<CTOJobStatus> =>
  new Promise((resolve, reject) => {
    listen(context, jobId, {
      onProgress: () => undefined,
      onCompleted: resolve,
      onClosed: () => reject(new CTOError("CTO_E_WAIT_CLOSED", { jobId })),
    });
  });

function listen(
  context: CTOContext,
  jobId: string,
  { onProgress, onCompleted, onClosed }: Listeners,
): () => void {
  let stopped = false;
  let status: CTOJobStatus = { jobId, status: "not_found", progress: 0 };
  const following = followToEnd(context, jobId, 0, {
    onEvents(events) {
      for (const event of events) {
        if (!stopped) onProgress({ ...event, jobId });
      }
    },
    async isEnded() {
      status = await readStatus(context, jobId);
      return status.status !== "active" && status.status !== "waiting";
    },
    onEnd: () => onCompleted?.(status),
    ...(onClosed ? { onClosed } : {}),
  });
  return () => {
    stopped = true;
    following.stop();
  };
}
