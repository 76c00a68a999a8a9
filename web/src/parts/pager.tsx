/** Goes through the pages of a list. A page names only the next one, so we keep the cursors of the pages before it. */
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";

export type Pages = {
  /** Undefined: the first page. */
  readonly cursor: string | undefined;
  readonly number: number;
  readonly back: () => void;
  readonly forth: (next: string) => void;
};

/** Keeps the page in memory, for a list that is only a part of its page. */
export function usePages(): Pages {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    cursor: cursors.at(-1),
    number: cursors.length + 1,
    back: () => setCursors(cursors.slice(0, -1)),
    forth: (next) => setCursors([...cursors, next]),
  };
}

/** The page before each page that was opened here, by their URLs. A page opened from a link has none. */
const cameFrom = new Map<string, string>();

/** Keeps the page in the URL, so that it can be shared, and that the browser's buttons lead back to it. */
export function usePagesInUrl(): Pages {
  const { path, url, query, route } = useLocation();
  const { cursor } = query;
  const number = cursor === undefined ? 1 : Math.max(2, Math.trunc(Number(query.page)) || 2);
  const urlOf = (next?: string): string => {
    const params = new URLSearchParams(url.split("?")[1] ?? "");
    params.delete("cursor");
    params.delete("page");
    if (next !== undefined) {
      params.set("cursor", next);
      params.set("page", String(number + 1));
    }
    return params.size === 0 ? path : `${path}?${params}`;
  };
  return {
    cursor,
    number,
    back: () => route(cameFrom.get(url) ?? urlOf()),
    forth: (next) => {
      const there = urlOf(next);
      cameFrom.set(there, url);
      route(there);
    },
  };
}

type Props = {
  /** The plural noun for the list's entries. */
  what: string;
  pages: Pages;
  /** The cursor of the page after this one. Null: there is none. */
  next: string | null;
  /** The words for back and forth. */
  words?: readonly [string, string];
};

/** Lists of one page have no pager. */
export function Pager({ what, pages, next, words = ["Newer", "Older"] }: Props) {
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
