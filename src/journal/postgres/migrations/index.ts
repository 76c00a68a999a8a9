/**
 * Lists all migrations in order. To add one, write `00N-<what>.ts` and append it here. Never change an older
 * one. They are modules and not `.sql` files, because the package is bundled and reads no files of its own.
 */
import { sql as journal } from "./001-journal.ts";
import { sql as venues } from "./002-venues.ts";
import { sql as limits } from "./003-limits.ts";
import { sql as audit } from "./004-audit.ts";
import { sql as apiKeys } from "./005-api-keys.ts";
import { sql as recovery } from "./006-recovery.ts";
import { sql as compaction } from "./007-compaction.ts";
import { sql as search } from "./008-search.ts";
import { sql as quotes } from "./009-quotes.ts";
import { sql as terms } from "./010-terms.ts";
import { sql as reach } from "./011-reach.ts";
import { sql as outside } from "./012-outside.ts";
import { sql as round } from "./013-round.ts";
import { sql as copies } from "./014-copies.ts";

export const MIGRATIONS: readonly {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}[] = [
  { version: 1, name: "journal", sql: journal },
  { version: 2, name: "venues", sql: venues },
  { version: 3, name: "limits", sql: limits },
  { version: 4, name: "audit", sql: audit },
  { version: 5, name: "api-keys", sql: apiKeys },
  { version: 6, name: "recovery", sql: recovery },
  { version: 7, name: "compaction", sql: compaction },
  { version: 8, name: "search", sql: search },
  { version: 9, name: "quotes", sql: quotes },
  { version: 10, name: "terms", sql: terms },
  { version: 11, name: "reach", sql: reach },
  { version: 12, name: "outside", sql: outside },
  { version: 13, name: "round", sql: round },
  { version: 14, name: "copies", sql: copies },
];

/** The schema version that this release supports. */
export const SUPPORTED = MIGRATIONS.at(-1)?.version ?? 0;
