/** Lists and adds the users for whom operations are executed. */
import { useEffect, useState } from "preact/hooks";
import { change } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import type { User, UserPage } from "../api/types.ts";
import { dateAndClock } from "../format/time.ts";
import { announce } from "../parts/announcer.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field } from "../parts/field.tsx";
import { Page } from "../parts/page.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { Scroll } from "../parts/scroll.tsx";
import { SkeletonRows } from "../parts/skeleton.tsx";
import { useAction } from "../parts/use-action.ts";

const COLUMNS = ["Id", "Name", "Since", ""];
const SKELETON_ROWS = 5;
const PAGE_SIZE = 25;
const TYPING_MS = 300;

const queryOf = (search: string, cursor: string | undefined): string => {
  const params = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (search !== "") params.set("search", search);
  if (cursor !== undefined) params.set("cursor", cursor);
  return `/v1/users?${params}`;
};

function AddDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const { busy, problem, run } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    void run(async () => {
      await change("/v1/users", { id: id.trim(), ...(name.trim() === "" ? {} : { name: name.trim() }) });
      announce(`Added user ${id.trim()}`);
      onDone();
      onClose();
    });
  };
  return (
    <Dialog title="Add a user" onClose={onClose}>
      <form onSubmit={submit}>
        <Field
          label="Id"
          hint="The caller's own name for the user; it never changes"
          value={id}
          onValue={setId}
          required
          maxLength={128}
        />
        <Field label="Name" hint="For people to read" value={name} onValue={setName} maxLength={128} />
        {problem && <ProblemNote problem={problem} />}
        <div class="actions">
          <button type="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" class="primary" aria-busy={busy} disabled={id.trim() === ""}>
            Add
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const Row = ({ user: { id, name, createdAt } }: { user: User }) => {
  const query = `?user=${encodeURIComponent(id)}`;
  return (
    <tr>
      <td data-label="Id" class="clip">
        <bdi>{id}</bdi>
      </td>
      <td data-label="Name" class="clip">
        <bdi>{name}</bdi>
      </td>
      <td data-label="Since">
        <time dateTime={createdAt}>{dateAndClock(createdAt)}</time>
      </td>
      <td data-label="">
        <span class="links">
          <a href={`/app/wallets${query}`} aria-label={`Wallets of ${id}`}>
            Wallets
          </a>
          <a href={`/app/limits${query}`} aria-label={`Limits of ${id}`}>
            Limits
          </a>
          <a href={`/app/operations?userId=${encodeURIComponent(id)}`} aria-label={`Operations of ${id}`}>
            Operations
          </a>
        </span>
      </td>
    </tr>
  );
};

export function UsersPage() {
  const [text, setText] = useState("");
  const [search, setSearch] = useState("");
  const [cursors, setCursors] = useState<string[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSearch(text.trim());
      setCursors([]);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, problem, reload } = useResource<UserPage>(queryOf(search, cursors.at(-1)));
  const next = data?.nextCursor ?? null;
  const [adding, setAdding] = useState(false);
  const add = (
    <button type="button" class="primary" onClick={() => setAdding(true)}>
      Add user…
    </button>
  );
  return (
    <Page title="Users" actions={add}>
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      <search class="picker">
        <Field
          label="Search"
          type="search"
          placeholder="Beginning of an id, or a name"
          value={text}
          onValue={setText}
        />
      </search>
      {data?.users.length === 0 ? (
        <Empty title={search === "" ? "No users yet." : "No user matches."}>
          <p>Operations, wallets and limits belong to a user.</p>
        </Empty>
      ) : (
        problem === null && (
          <Scroll label="Users" busy={data === null}>
            <table class="cards">
              <thead>
                <tr>
                  {COLUMNS.map((column) => (
                    <th key={column} scope="col">
                      {column || <span class="visually-hidden">Links</span>}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data === null ? (
                  <SkeletonRows rows={SKELETON_ROWS} columns={COLUMNS.length} />
                ) : (
                  data.users.map((user) => <Row key={user.id} user={user} />)
                )}
              </tbody>
            </table>
          </Scroll>
        )
      )}
      {(cursors.length > 0 || next !== null) && (
        <nav class="pager" aria-label="Pages of the users">
          <button
            type="button"
            disabled={cursors.length === 0}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Previous
          </button>
          <span>Page {cursors.length + 1}</span>
          <button
            type="button"
            disabled={next === null}
            onClick={() => next !== null && setCursors([...cursors, next])}
          >
            Next
          </button>
        </nav>
      )}
      {adding && <AddDialog onClose={() => setAdding(false)} onDone={reload} />}
    </Page>
  );
}
