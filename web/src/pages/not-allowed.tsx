/** Shown in place of a page that the key of this session may not use. */
import type { Scope } from "../api/types.ts";
import { Empty } from "../parts/empty.tsx";
import { Name } from "../parts/name.tsx";
import { Page } from "../parts/page.tsx";
import { useMe } from "../session.ts";

export function NotAllowedPage({ scope }: { scope: Scope }) {
  const { key } = useMe();
  return (
    <Page title="Not with this key">
      <Empty title={`This page needs a key with the scope ${scope}.`}>
        <p>
          You signed in with <Name text={key.name} />, which has: {key.scopes.join(", ")}. Sign out and use
          another key, or ask an admin for one.
        </p>
        <a href="/app/overview">Overview</a>
      </Empty>
    </Page>
  );
}
