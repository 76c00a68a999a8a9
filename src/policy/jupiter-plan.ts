/**
 * Reads the route plan of Jupiter's version 1 instructions. The amounts come after the plan, so the plan's
 * length decides which bytes the program reads as amounts. We therefore decode the plan to the last byte, or refuse it.
 *
 * A step is a variant of the program's `Swap` (a number, then its fields), a percentage and two indexes. The
 * numbers and the fields' lengths come from the program's published interface of September 2026.
 */

/** The variants have consecutive numbers. A higher number is unknown. */
const LAST_VARIANT = 188;

/** The fields' length by variant, bytes. A variant that is in no table has no fields. */
const FIELD_BYTES: readonly [bytes: number, variants: readonly number[]][] = [
  [
    1,
    [
      8, 12, 15, 16, 17, 18, 21, 23, 24, 27, 28, 39, 58, 60, 61, 64, 85, 89, 94, 95, 104, 106, 107, 110, 116,
      117, 119, 121, 125, 127, 129, 132, 136, 141, 145, 151, 152, 153, 160, 162, 164, 165, 166, 168, 170, 171,
      172, 174, 177, 178, 181, 182, 184,
    ],
  ],
  [2, [71, 86, 155, 167, 187]],
  [3, [42]],
  [4, [33, 41]],
  [5, [44, 45, 161]],
  [8, [81, 82, 159]],
  [9, [87, 118, 157]],
  [10, [43, 135]],
  [16, [29, 122]],
  [17, [126]],
  [48, [123]],
  [57, [185]],
  [65, [186]],
];
const bytesOf = new Map(FIELD_BYTES.flatMap(([bytes, variants]) => variants.map((one) => [one, bytes])));

/**
 * These variants hold lists of further swaps or opaque bytes, or choose between several swaps during execution.
 */
const NOT_READ: ReadonlySet<number> = new Set([111, 120, 146, 183]);

/** Skips a u32 count, then that many pairs of bytes, which say what the accounts that follow are for. */
const slicesFrom = (view: DataView, at: number): number => at + 4 + 2 * view.getUint32(at, true);

/** Skips a flag, then the slices if the flag is set. */
const perhapsSlicesFrom = (view: DataView, at: number): number =>
  view.getUint8(at) === 0 ? at + 1 : slicesFrom(view, at + 1);

const LISTED: ReadonlyMap<number, (view: DataView, at: number) => number> = new Map([
  [47, (view, at) => perhapsSlicesFrom(view, at + 1)],
  [75, slicesFrom],
  [103, (view, at) => perhapsSlicesFrom(view, at + 1)],
]);

/** The length of a percentage and the indexes of the tokens in and out, bytes. */
const STEP_TAIL = 3;
const MOST_STEPS = 64;

/**
 * Returns the position after the plan that begins at `start`, or null if the plan holds anything unknown.
 *
 * @throws {RangeError} if the data end before the plan does
 */
export function endOfPlan(view: DataView, start: number): number | null {
  const steps = view.getUint32(start, true);
  if (steps === 0 || steps > MOST_STEPS) return null;
  let at = start + 4;
  for (let step = 0; step < steps; step += 1) {
    const variant = view.getUint8(at);
    if (variant > LAST_VARIANT || NOT_READ.has(variant)) return null;
    const fields = LISTED.get(variant);
    at = fields === undefined ? at + 1 + (bytesOf.get(variant) ?? 0) : fields(view, at + 1);
    at += STEP_TAIL;
  }
  return at;
}
