/** Lists the pages of the navigation, and of the command palette. */
import type { Me } from "./api/types.ts";
import { may } from "./session.ts";

type Entry = { readonly path: string; readonly label: string; readonly admin?: boolean };

const ENTRIES: readonly Entry[] = [
  { path: "/app/overview", label: "Overview" },
  { path: "/app/operations", label: "Operations" },
  { path: "/app/wallets", label: "Wallets" },
  { path: "/app/sweep", label: "Sweep" },
  { path: "/app/users", label: "Users", admin: true },
  { path: "/app/limits", label: "Limits" },
  { path: "/app/queue", label: "Queue" },
  { path: "/app/keys", label: "API keys", admin: true },
  { path: "/app/audit", label: "Audit log", admin: true },
];

/** Returns the pages that the key may open. */
export const entriesOf = (me: Me): readonly Entry[] =>
  ENTRIES.filter(({ admin }) => !admin || may(me, "admin"));
