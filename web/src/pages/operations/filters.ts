/** Converts the list's filters from and to the page's URL, so that a filtered list can be bookmarked and shared. */
import type { OperationStatus } from "../../api/types.ts";

export type Filters = {
  readonly status: readonly OperationStatus[];
  readonly search: string;
  readonly userId: string;
  readonly tokenAddress: string;
  readonly wallet: string;
  /** Local date and time, in the format of the browser's input. */
  readonly after: string;
  readonly before: string;
  /** "true", or empty for all operations. */
  readonly incidents: string;
};

export const STATUSES: readonly OperationStatus[] = [
  "waiting",
  "active",
  "completed",
  "failed",
  "cancelled",
  "needs_review",
];

const TEXTS = ["search", "userId", "tokenAddress", "wallet", "after", "before", "incidents"] as const;

const statusPairs = (statuses: readonly OperationStatus[]): [string, string][] =>
  statuses.map((status) => ["status", status]);

const isStatus = (text: string): text is OperationStatus => STATUSES.some((status) => status === text);

export function readFilters(query: string): Filters {
  const params = new URLSearchParams(query);
  const text = (name: (typeof TEXTS)[number]): string => params.get(name) ?? "";
  return {
    status: params.getAll("status").filter(isStatus),
    search: text("search"),
    userId: text("userId"),
    tokenAddress: text("tokenAddress"),
    wallet: text("wallet"),
    after: text("after"),
    before: text("before"),
    incidents: text("incidents") === "true" ? "true" : "",
  };
}

/** Returns the page's own query, without empty fields. */
export function writeFilters(filters: Filters): string {
  const params = new URLSearchParams(statusPairs(filters.status));
  for (const name of TEXTS) if (filters[name] !== "") params.set(name, filters[name]);
  return params.size === 0 ? "" : `?${params}`;
}

export const PAGE_SIZE = 25;

/** Returns the API's query for one page of the filtered list. */
export function toApiQuery(filters: Filters, cursor: string | null): string {
  const { status, after, before, ...texts } = filters;
  const params = new URLSearchParams(statusPairs(status));
  for (const [name, value] of Object.entries(texts)) if (value.trim() !== "") params.set(name, value.trim());
  const time = (name: string, local: string): void => {
    const date = new Date(local);
    if (local !== "" && !Number.isNaN(date.getTime())) params.set(name, date.toISOString());
  };
  time("createdAfter", after);
  time("createdBefore", before);
  params.set("limit", String(PAGE_SIZE));
  if (cursor !== null) params.set("cursor", cursor);
  return params.toString();
}

export const isFiltered = (filters: Filters): boolean => writeFilters(filters) !== "";
