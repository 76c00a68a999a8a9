/** Lists and adds the users for whom operations are executed. */
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { change } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import type { User, UserPage } from "../api/types.ts";
import { dateAndClock } from "../format/time.ts";
import { announce } from "../parts/announcer.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { DialogEnd } from "../parts/dialog-end.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field } from "../parts/field.tsx";
import { List } from "../parts/list.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { Pager, usePagesInUrl } from "../parts/pager.tsx";
import { useAction } from "../parts/use-action.ts";

const COLUMNS = ["Id", "Name", "Since", { title: "Links", hidden: true }];
const PLACEHOLDERS = 5;
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
  const adding = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    void adding.run(async () => {
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
        <DialogEnd label="Add" action={adding} disabled={id.trim() === ""} onClose={onClose} />
      </form>
    </Dialog>
  );
}

const Row = ({ user: { id, name, createdAt } }: { user: User }) => {
  const query = `?user=${encodeURIComponent(id)}`;
  return (
    <tr>
      <td data-label="Id" class="clip">
        <Name text={id} />
      </td>
      <td data-label="Name" class="clip">
        <Name text={name} />
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
  const { query, route } = useLocation();
  const search = query.search ?? "";
  const [text, setText] = useState(search);
  const pages = usePagesInUrl();
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === search) return;
    const timer = setTimeout(() => {
      const params = new URLSearchParams(wanted === "" ? {} : { search: wanted });
      route(params.size === 0 ? "/app/users" : `/app/users?${params}`, true);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const users = useResource<UserPage>(queryOf(search, pages.cursor));
  const [adding, setAdding] = useState(false);
  const add = (
    <button type="button" class="primary" onClick={() => setAdding(true)}>
      Add user…
    </button>
  );
  return (
    <Page title="Users" actions={add}>
      <search class="picker">
        <Field
          label="Search"
          type="search"
          placeholder="Beginning of an id, or a name"
          value={text}
          onValue={setText}
        />
      </search>
      <List
        of={users}
        rows={users.data?.users}
        label="Users"
        columns={COLUMNS}
        placeholders={PLACEHOLDERS}
        row={(user) => <Row key={user.id} user={user} />}
        empty={
          <Empty title={search === "" ? "No users yet." : "No user matches."}>
            <p>Operations, wallets and limits belong to a user.</p>
            {search === "" && (
              <button type="button" onClick={() => setAdding(true)}>
                Add the first user…
              </button>
            )}
          </Empty>
        }
      />
      <Pager what="users" pages={pages} next={users.data?.nextCursor ?? null} words={["Previous", "Next"]} />
      {adding && <AddDialog onClose={() => setAdding(false)} onDone={users.reload} />}
    </Page>
  );
}
