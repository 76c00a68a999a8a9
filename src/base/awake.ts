/**
 * Provides timeouts that a stall of this process does not cut short. Otherwise a stall here would look like
 * silence of the other side.
 */

const BEATS = 10;

/**
 * Calls `act` once after `ms`, counted in ten beats. If the process stalls for longer than `ms`, only one
 * beat has run afterwards. The process can then read the data that arrived in its sockets before the next beat.
 *
 * @returns a function that stops it
 */
export function afterAwake(ms: number, act: () => void): () => void {
  let left = BEATS;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    act();
  }, ms / BEATS);
  return () => clearInterval(timer);
}
