/** Finds what the command palette offers: pages, actions, and what the server finds for the typed text. */
import { useEffect, useState } from "preact/hooks";
import { useResource } from "../api/resource.ts";
import type { ListedOperation, Me, UserPage } from "../api/types.ts";
import { entriesOf } from "../entries.ts";
import { OPERATION_WORDS } from "../format/words.ts";
import { shorten } from "../parts/address.tsx";
import { may } from "../session.ts";
import { matches } from "./matches.ts";

export type Command = {
  readonly href: string;
  readonly label: string;
  /** What it is, in one or two words. */
  readonly kind: string;
};

const TYPING_MS = 200;
const FOUND = 6;
/** With fewer characters, a search on the server would find almost everything. */
const LEAST = 2;

const pagesOf = (me: Me): Command[] => [
  ...(may(me, "operate") ? [{ href: "/app/operations/new", label: "New operation", kind: "action" }] : []),
  ...entriesOf(me).map(({ path, label }) => ({ href: path, label, kind: "page" })),
  { href: "/app/operations?status=needs_review", label: "Operations that need a decision", kind: "list" },
  { href: "/app/operations?incidents=true", label: "Operations with incidents", kind: "list" },
  { href: "/app/operations?status=failed", label: "Failed operations", kind: "list" },
  { href: "/app/operations?status=waiting&status=active", label: "Operations under way", kind: "list" },
  { href: "/docs", label: "HTTP API", kind: "document" },
  { href: "/docs/errors", label: "Error codes", kind: "document" },
];

const ofUser = ({ id, name }: UserPage["users"][number]): Command[] => {
  const query = encodeURIComponent(id);
  const called = name === null ? id : `${id} (${name})`;
  return [
    { href: `/app/wallets?user=${query}`, label: called, kind: "wallets of a user" },
    { href: `/app/operations?userId=${query}`, label: called, kind: "operations of a user" },
  ];
};

const ofOperation = ({ id, status, userId }: ListedOperation): Command => ({
  href: `/app/operations/${encodeURIComponent(id)}`,
  label: `${shorten(id, 8)} of ${userId}`,
  kind: OPERATION_WORDS[status].label.toLowerCase(),
});

/** Returns the commands for the typed text, the pages first. */
export function useCommands(me: Me, typed: string): { commands: readonly Command[]; searching: boolean } {
  const text = typed.trim();
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = asked.length < LEAST ? null : `limit=${FOUND}&search=${encodeURIComponent(asked)}`;
  const operations = useResource<{ operations: ListedOperation[] }>(query && `/v1/operations?${query}`);
  const users = useResource<UserPage>(may(me, "admin") && query ? `/v1/users?${query}` : null);
  const found = asked === text && query !== null;
  return {
    commands: [
      ...pagesOf(me).filter(({ label }) => matches(label, text)),
      ...(found ? (operations.data?.operations ?? []).map(ofOperation) : []),
      ...(found ? (users.data?.users ?? []).flatMap(ofUser) : []),
    ],
    searching:
      text.length >= LEAST && (asked !== text || operations.data === null) && operations.problem === null,
  };
}
