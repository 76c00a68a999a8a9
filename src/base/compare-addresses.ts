/**
 * Compares two addresses as kit orders them in a message: by their letters and digits without case, and the lower case
 * first if only the case differs. Kit asks Intl.Collator, which takes most of the time of its compiler.
 * test/base/compare-addresses.test.ts compares both.
 */
const RANKS = new Uint8Array(128);
for (let code = 0; code < RANKS.length; code += 1)
  RANKS[code] = String.fromCharCode(code).toLowerCase().charCodeAt(0);

/** @returns a negative number if `a` comes first, a positive one if `b` does, 0 if they are the same */
export function compareAddresses(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let byCase = 0;
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const difference = (RANKS[left] ?? 0) - (RANKS[right] ?? 0);
    if (difference !== 0) return difference;
    // Lower-case letters have the greater codes.
    if (byCase === 0) byCase = right - left;
  }
  return a.length - b.length || byCase;
}
