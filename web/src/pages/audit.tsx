/** Shows the audit log of keys, users, limits and money, newest first. */
import { useResource } from "../api/resource.ts";
import type { AuditPage as Answer, AuditRecord } from "../api/types.ts";
import { dateAndClock } from "../format/time.ts";
import { nameOf, useKeyNames } from "../parts/actor.tsx";
import { Empty } from "../parts/empty.tsx";
import { List } from "../parts/list.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { Pager, usePagesInUrl } from "../parts/pager.tsx";
import type { Column } from "../parts/table.tsx";

const COLUMNS: readonly Column[] = [{ title: "No.", number: true }, "When", "Who", "What", "To", "Details"];
const PLACEHOLDERS = 10;

const Row = ({ record, names }: { record: AuditRecord; names: ReadonlyMap<string, string> }) => (
  <tr>
    <td data-label="No." class="number" title={`SHA-256 ${record.hash}`}>
      {record.seq}
    </td>
    <td data-label="When">
      <time dateTime={record.at}>{dateAndClock(record.at)}</time>
    </td>
    <td data-label="Who" class="clip" title={record.actor}>
      <Name text={nameOf(record.actor, names)} />
    </td>
    <td data-label="What">{record.action}</td>
    <td data-label="To" class="clip" title={record.subject}>
      {record.subject.startsWith("op_") ? (
        <a href={`/app/operations/${encodeURIComponent(record.subject)}`}>{record.subject}</a>
      ) : (
        <Name text={names.get(record.subject) ?? record.subject} />
      )}
    </td>
    <td data-label="Details" class="details-cell">
      {Object.entries(record.details).map(([name, value]) => (
        <span key={name}>
          {name}: <Name text={value} />{" "}
        </span>
      ))}
    </td>
  </tr>
);

export function AuditPage() {
  const pages = usePagesInUrl();
  const before = pages.cursor === undefined ? "" : `&before=${encodeURIComponent(pages.cursor)}`;
  const page = useResource<Answer>(`/v1/audit?limit=50${before}`);
  const { names, areRead } = useKeyNames();
  const again = (
    <button type="button" onClick={page.reload}>
      Read again
    </button>
  );
  return (
    <Page title="Audit log" actions={again}>
      <List
        of={page}
        rows={areRead ? page.data?.records : undefined}
        label="Audit records"
        columns={COLUMNS}
        placeholders={PLACEHOLDERS}
        row={(record) => <Row key={record.seq} record={record} names={names} />}
        empty={<Empty title="Nothing has been recorded yet." />}
      />
      <Pager
        what="log"
        pages={pages}
        next={areRead && page.data?.nextBefore != null ? String(page.data.nextBefore) : null}
      />
      {page.data !== null && areRead && (
        <p class="muted">
          Each record holds the hash of the one before it: a record that was changed or cut off shows.
        </p>
      )}
    </Page>
  );
}
