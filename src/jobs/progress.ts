/** Progress across processes: an operation's events from its first one on, and then how it ended. */
import type { CTOContext } from "./context.ts";
import { readStatus } from "./operations.ts";
import type { CTOJobStatus, CTOProgress } from "./types.ts";

export type ProgressListener = (progress: CTOProgress) => void;
export type CompletionListener = (status: CTOJobStatus) => void;

/**
 * Reports an operation's events from its first one on, in order, each exactly once, and then how it ended.
 * Nothing is lost while the journal or the queue is away; the listener just hears of it later.
 *
 * @returns stops the reports
 */
export function subscribe(
  context: CTOContext,
  jobId: string,
  onProgress: ProgressListener,
  onCompleted?: CompletionListener,
): () => void {
  let seen = 0;
  let told = false;
  let grace = true;
  let looking = false;
  let over = false;
  const stop = (): void => {
    over = true;
    following.stop();
  };
  const completeWhenEnded = async (): Promise<void> => {
    const before = seen;
    const status = await readStatus(context, jobId);
    const open = status.status === "active" || status.status === "waiting";
    if (over || open || seen !== before) return;
    // The state is written before its event; a crash between the two must not make the listener wait for ever.
    if (!told && grace) {
      grace = false;
      return;
    }
    stop();
    onCompleted?.(status);
  };
  const following = context.feeds.follow(jobId, 0, {
    onEvents(events) {
      for (const event of events) {
        if (over) return;
        seen = event.seq;
        told = event.type === "result";
        onProgress({ ...event, jobId });
      }
    },
    onQuiet() {
      if (looking) return;
      looking = true;
      completeWhenEnded()
        .catch(() => undefined) // The journal is away: the next quiet look asks again.
        .finally(() => {
          looking = false;
        });
    },
  });
  return stop;
}
