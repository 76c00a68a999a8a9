/** Adds a timeout to work that has none. */
import { afterAwake } from "./awake.ts";

/**
 * @param ms the longest wait
 * @throws the error from `late`, if the work is not done by then. The work itself continues
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let stop = (): void => undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    stop = afterAwake(ms, () => reject(late()));
  });
  work.catch(() => undefined); // A failure after the timeout has no other handler.
  try {
    return await Promise.race([work, timeout]);
  } finally {
    stop();
  }
}
