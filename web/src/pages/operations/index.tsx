/** Lists all operations, newest first, with search, filters and live updates. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useResource } from "../../api/resource.ts";
import type { ListedOperation, Problem } from "../../api/types.ts";
import { Empty } from "../../parts/empty.tsx";
import { Page } from "../../parts/page.tsx";
import { Pager, usePagesInUrl } from "../../parts/pager.tsx";
import { ReadProblem } from "../../parts/problem.tsx";
import { may, useMe } from "../../session.ts";
import { FilterForm } from "./filter-form.tsx";
import { type Filters, isFiltered, readFilters, toApiQuery, writeFilters } from "./filters.ts";
import { keepSteady, type Steady } from "./steady.ts";
import { OperationTable } from "./table.tsx";

type ListAnswer = { operations: ListedOperation[]; nextCursor: string | null };

/** The interval at which we read the current page again, ms. */
const LIVE_MS = 2_000;
/** A filter takes effect after a pause in the typing, ms. */
const TYPING_MS = 300;

function useSettled(filters: Filters): Filters {
  const [settled, setSettled] = useState(filters);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(filters), TYPING_MS);
    return () => clearTimeout(timer);
  }, [writeFilters(filters)]);
  return settled;
}

/** Reads one page of the list, and keeps its rows steady while its URL stays the same. */
function useSteadyList(path: string) {
  const { data, problem, reload } = useResource<ListAnswer>(path, LIVE_MS);
  const [kept, setKept] = useState<{ path: string; steady: Steady } | null>(null);
  useEffect(() => {
    if (data === null) return;
    setKept((before) => {
      const shown = before?.path === path ? before.steady.shown : null;
      return { path, steady: keepSteady(shown, data.operations) };
    });
  }, [data, path]);
  const showNewer = (): void => {
    if (data !== null) setKept({ path, steady: keepSteady(null, data.operations) });
  };
  const steady = kept?.path === path ? kept.steady : null;
  return { data, steady, nextCursor: data?.nextCursor ?? null, problem, reload, showNewer };
}

type ListStateProps = { newer: number; problem: Problem | null; onShow: () => void };

/** Shown beside the title, where it does not move the page. */
const ListState = ({ newer, problem, onShow }: ListStateProps) => (
  <div role="status">
    {newer > 0 ? (
      <button type="button" class="quiet" onClick={onShow}>
        Show {newer} new {newer === 1 ? "operation" : "operations"}
      </button>
    ) : (
      <span class="muted">{problem ? "Not up to date" : "Live"}</span>
    )}
  </div>
);

const NothingHere = ({ filtered }: { filtered: boolean }) =>
  filtered ? (
    <Empty title="No operation matches these filters." />
  ) : (
    <Empty title="No operations yet.">
      <p>
        An operation is one public request: a user's wallets spend so much SOL on one token together.{" "}
        <a href="/app/overview">Overview</a> shows the steps to the first one.
      </p>
    </Empty>
  );

export function OperationsPage() {
  const me = useMe();
  const { url, route } = useLocation();
  const filters = readFilters(url.split("?")[1] ?? "");
  const settled = useSettled(filters);
  const pages = usePagesInUrl();
  const list = useSteadyList(`/v1/operations?${toApiQuery(settled, pages.cursor ?? null)}`);
  const { steady, problem } = list;
  const setFilters = (next: Filters): void => {
    route(`/app/operations${writeFilters(next)}`, true);
  };
  const newer = pages.number === 1 ? (steady?.newer ?? 0) : 0;
  const create = may(me, "operate") && (
    <a class="button primary" href="/app/operations/new">
      New operation
    </a>
  );
  return (
    <Page
      title="Operations"
      beside={<ListState newer={newer} problem={problem} onShow={list.showNewer} />}
      actions={create}
    >
      <FilterForm filters={filters} bound={me.key.userId} onChange={setFilters} />
      <ReadProblem of={list} />
      {steady?.shown.length === 0 ? (
        <NothingHere filtered={isFiltered(filters)} />
      ) : (
        <OperationTable operations={steady?.shown ?? null} />
      )}
      {steady !== null && <Pager what="list" pages={pages} next={list.nextCursor} />}
    </Page>
  );
}
