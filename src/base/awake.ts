/** Time-outs that do not take this process's own stall for somebody else's silence. */

const BEATS = 10;

/**
 * Acts once after so long, counted in ten beats. A process that was held up for longer than that has run one beat, not all:
 * what arrived meanwhile, and lies unread in a socket, is read before the next.
 *
 * @returns stops it
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
