/** Progress across processes: events are read from the journal, the queue's events only wake the reader. */
import type { CTOContext } from "./context.ts";
import { readStatus } from "./operations.ts";
import type { CTOJobStatus, CTOProgress } from "./types.ts";

/** Bounds one read; a slow listener reads the rest in its next one. */
const EVENTS_PER_READ = 200;

/** Wake-ups may be lost; this often the journal is looked at anyway. */
const LOOK_AGAIN_MS = 1_000;

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
  const stop = new AbortController();
  let wake: () => void = () => undefined;
  const unhear = context.wakeUps().on(jobId, () => wake());
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_AGAIN_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const follow = async (): Promise<void> => {
    let seen = 0;
    let told = false;
    let grace = true;
    while (!stop.signal.aborted) {
      try {
        const status = await readStatus(context, jobId);
        const events = await context.journal.readEvents(jobId, seen, EVENTS_PER_READ);
        for (const event of events) {
          if (stop.signal.aborted) return;
          seen = event.seq;
          told = event.type === "result";
          onProgress({ ...event, jobId });
        }
        if (events.length === EVENTS_PER_READ) continue;
        if (status.status !== "active" && status.status !== "waiting") {
          // The state is written before its event; a crash between the two must not make the listener wait for ever.
          if (told || !grace) {
            if (!stop.signal.aborted) onCompleted?.(status);
            return;
          }
          grace = false;
        }
      } catch {
        // The journal is away: look again below.
      }
      await rest();
    }
  };
  void follow().finally(unhear);
  return () => {
    stop.abort();
    wake();
  };
}
