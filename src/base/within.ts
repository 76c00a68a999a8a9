/** Waits no longer than a bound for what has none of its own. */
import { afterAwake } from "./awake.ts";

/**
 * @param ms the longest wait
 * @throws what `late` makes, when the work is not done by then; the work itself goes on
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let stop = (): void => undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    stop = afterAwake(ms, () => reject(late()));
  });
  work.catch(() => undefined); // When it fails after the wait, nobody listens any more.
  try {
    return await Promise.race([work, timeout]);
  } finally {
    stop();
  }
}
