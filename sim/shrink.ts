/** Shrinks a failing seed to fewer operations, legs and kinds of faults, as long as it still fails. */
import type { FaultKind } from "./faults.ts";
import { type Bounds, FULL } from "./scenario.ts";
import { type SimResult, simulate } from "./simulate.ts";

export type Shrunk = {
  readonly bounds: Bounds;
  readonly disabled: ReadonlySet<FaultKind>;
  readonly result: SimResult;
};

/** Reruns the seed with one part removed at a time. A part that the failure does not need stays removed. */
export async function shrink(seed: number, first: SimResult): Promise<Shrunk> {
  let smallest: Shrunk = { bounds: FULL, disabled: new Set(), result: first };
  const tryOut = async (bounds: Bounds, disabled: ReadonlySet<FaultKind>): Promise<boolean> => {
    const result = await simulate({ seed, bounds, disabled });
    if (result.violations.length === 0) return false;
    smallest = { bounds, disabled, result };
    return true;
  };
  for (let operations = 1; operations < FULL.operations; operations += 1) {
    if (await tryOut({ ...smallest.bounds, operations }, smallest.disabled)) break;
  }
  for (let legs = 1; legs < FULL.legs; legs += 1) {
    if (await tryOut({ ...smallest.bounds, legs }, smallest.disabled)) break;
  }
  for (const kind of first.kinds) await tryOut(smallest.bounds, new Set([...smallest.disabled, kind]));
  return smallest;
}
