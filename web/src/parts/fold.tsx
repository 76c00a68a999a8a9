/** Shows the first part of a long list, and the rest on request. A page of 1,000 rows would freeze the browser. */
import { useState } from "preact/hooks";

/** Lists up to this length are shown in full. */
const WHOLE = 60;
const STEP = 200;

export type Fold<T> = { readonly shown: readonly T[]; readonly hidden: number; readonly more: () => void };

/** @param few the number of entries that are shown at first */
export function useFold<T>(all: readonly T[], few = WHOLE): Fold<T> {
  const [most, setMost] = useState(few);
  const shown = all.length <= most ? all : all.slice(0, most);
  return { shown, hidden: all.length - shown.length, more: () => setMost((before) => before + STEP) };
}

/** @param what the plural noun for the list's entries */
export const More = ({ fold: { hidden, more }, what }: { fold: Fold<unknown>; what: string }) =>
  hidden === 0 ? null : (
    <button type="button" class="quiet more" onClick={more}>
      Show {Math.min(STEP, hidden)} more of {hidden} {what}
    </button>
  );
