/** Goes through the pages of a list. A page names only the next one, so we keep the cursors of the pages before it. */
import { useState } from "preact/hooks";

export type Pages<Cursor> = {
  /** Undefined: the first page. */
  readonly cursor: Cursor | undefined;
  readonly number: number;
  readonly back: () => void;
  readonly forth: (next: Cursor) => void;
  readonly restart: () => void;
};

export function usePages<Cursor = string>(): Pages<Cursor> {
  const [cursors, setCursors] = useState<readonly Cursor[]>([]);
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    back: () => setCursors(cursors.slice(0, -1)),
    forth: (next) => setCursors([...cursors, next]),
    restart: () => setCursors([]),
  };
}

type Props<Cursor> = {
  /** The plural noun for the list's entries. */
  what: string;
  pages: Pages<Cursor>;
  /** The cursor of the page after this one. Null: there is none. */
  next: Cursor | null;
  /** The words for back and forth. */
  words?: readonly [string, string];
};

/** Lists of one page have no pager. */
export function Pager<Cursor>({ what, pages, next, words = ["Newer", "Older"] }: Props<Cursor>) {
  const { number, back, forth } = pages;
  if (number === 1 && next === null) return null;
  return (
    <nav class="pager" aria-label={`Pages of the ${what}`}>
      <button type="button" disabled={number === 1} onClick={back}>
        {words[0]}
      </button>
      <span>Page {number}</span>
      <button type="button" disabled={next === null} onClick={() => next !== null && forth(next)}>
        {words[1]}
      </button>
    </nav>
  );
}
