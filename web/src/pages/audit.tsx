/** Shows the audit log of keys, users, limits and money, newest first. */
import { useState } from "preact/hooks";
import { useResource } from "../api/resource.ts";
import type { AuditPage as Answer, AuditRecord } from "../api/types.ts";
import { dateAndClock } from "../format/time.ts";
import { nameOf, useKeyNames } from "../parts/actor.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { Scroll } from "../parts/scroll.tsx";
import { SkeletonRows } from "../parts/skeleton.tsx";

const COLUMNS = ["No.", "When", "Who", "What", "To", "Details"];
const SKELETON_ROWS = 10;

const Row = ({ record, names }: { record: AuditRecord; names: ReadonlyMap<string, string> }) => (
  <tr>
    <td data-label="No." class="number" title={`SHA-256 ${record.hash}`}>
      {record.seq}
    </td>
    <td data-label="When">
      <time dateTime={record.at}>{dateAndClock(record.at)}</time>
    </td>
    <td data-label="Who" class="clip" title={record.actor}>
      <bdi>{nameOf(record.actor, names)}</bdi>
    </td>
    <td data-label="What">{record.action}</td>
    <td data-label="To" class="clip" title={record.subject}>
      {record.subject.startsWith("op_") ? (
        <a href={`/app/operations/${encodeURIComponent(record.subject)}`}>{record.subject}</a>
      ) : (
        <bdi>{names.get(record.subject) ?? record.subject}</bdi>
      )}
    </td>
    <td data-label="Details" class="details-cell">
      {Object.entries(record.details).map(([name, value]) => (
        <span key={name}>
          {name}: <bdi>{value}</bdi>{" "}
        </span>
      ))}
    </td>
  </tr>
);

export function AuditPage() {
  const [pages, setPages] = useState<number[]>([]);
  const before = pages.at(-1);
  const { data, problem, reload } = useResource<Answer>(
    `/v1/audit?limit=50${before === undefined ? "" : `&before=${before}`}`,
  );
  const names = useKeyNames();
  const next = data?.nextBefore ?? null;
  return (
    <Page title="Audit log">
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {data?.records.length === 0 ? (
        <Empty title="Nothing has been recorded yet." />
      ) : (
        problem === null && (
          <Scroll label="Audit records" busy={data === null}>
            <table class="cards">
              <thead>
                <tr>
                  {COLUMNS.map((column) => (
                    <th key={column} scope="col" class={column === "No." ? "number" : undefined}>
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data === null ? (
                  <SkeletonRows rows={SKELETON_ROWS} columns={COLUMNS.length} />
                ) : (
                  data.records.map((record) => <Row key={record.seq} record={record} names={names} />)
                )}
              </tbody>
            </table>
          </Scroll>
        )
      )}
      {/* Shown only with a table: the buttons would otherwise be pushed down when the table appears. */}
      {data !== null && (
        <nav class="pager" aria-label="Pages of the log">
          <button type="button" disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
            Newer
          </button>
          <button
            type="button"
            disabled={next === null}
            onClick={() => next !== null && setPages([...pages, next])}
          >
            Older
          </button>
          <button type="button" class="quiet" onClick={reload}>
            Read again
          </button>
        </nav>
      )}
      {data !== null && (
        <p class="muted">
          Each record holds the hash of the one before it: a record that was changed or cut off shows.
        </p>
      )}
    </Page>
  );
}
