/** Lists the pages of the navigation, and of the command palette. */
import type { Me, Scope } from "./api/types.ts";
import { may } from "./session.ts";

type Entry = {
  readonly path: string;
  readonly label: string;
  /** The scope that the page needs. Absent: `read`. */
  readonly scope?: Scope;
};

const ENTRIES: readonly Entry[] = [
  { path: "/app/overview", label: "Overview" },
  { path: "/app/operations", label: "Operations" },
  { path: "/app/wallets", label: "Wallets" },
  { path: "/app/sweep", label: "Sweep" },
  { path: "/app/users", label: "Users", scope: "admin" },
  { path: "/app/limits", label: "Limits" },
  { path: "/app/webhooks", label: "Webhooks", scope: "operate" },
  { path: "/app/telegram", label: "Telegram", scope: "operate" },
  { path: "/app/queue", label: "Queue" },
  { path: "/app/keys", label: "API keys", scope: "admin" },
  { path: "/app/audit", label: "Audit log", scope: "admin" },
];

/** Returns the pages that the key may open. */
export const entriesOf = (me: Me): readonly Entry[] =>
  ENTRIES.filter(({ scope }) => scope === undefined || may(me, scope));
