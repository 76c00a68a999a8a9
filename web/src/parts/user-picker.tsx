/** Chooses the user whose wallets or limits are shown. The choice is in the page's URL, so that it can be linked. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { may, useMe } from "../session.ts";
import { Empty } from "./empty.tsx";
import { Field } from "./field.tsx";
import { UserSearch } from "./user-search.tsx";

/** Returns the user in the page's URL, or the user to whom the key is bound; empty if none is chosen. */
export function useChosenUser(): string {
  const me = useMe();
  const { query } = useLocation();
  return me.key.userId ?? query.user ?? "";
}

const TYPING_MS = 400;

function TypedUser({ user, onUser }: { user: string; onUser: (user: string) => void }) {
  const [text, setText] = useState(user);
  useEffect(() => {
    const timer = setTimeout(() => text.trim() !== user && onUser(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <Field label="User" value={text} onValue={setText} />;
}

/** @param none the option for no user; absent: a user must be chosen */
export function UserPicker({ page, none }: { page: string; none?: string }) {
  const me = useMe();
  const user = useChosenUser();
  const { route } = useLocation();
  const choose = (id: string): void =>
    route(id === "" ? page : `${page}?user=${encodeURIComponent(id)}`, true);
  if (me.key.userId !== null) return null;
  if (!may(me, "admin")) return <TypedUser user={user} onUser={choose} />;
  return (
    <div class="picker">
      <UserSearch
        label="User"
        value={user}
        none={none ?? "Choose…"}
        choosesOnly={none === undefined}
        onChoose={choose}
      />
    </div>
  );
}

/** @param of what the page shows, in the plural */
export function NoUserChosen({ of }: { of: string }) {
  const me = useMe();
  return (
    <Empty title={`Whose ${of}?`}>
      <p>
        Choose a user above.
        {may(me, "admin") && (
          <>
            {" "}
            Without any, <a href="/app/users">add one</a> first.
          </>
        )}
      </p>
    </Empty>
  );
}
