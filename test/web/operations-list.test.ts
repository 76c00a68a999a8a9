/**
 * Tests the dashboard's list of operations: its filters are in the URL, and its rows keep their places during live
 * updates.
 */
import { describe, expect, it } from "vitest";
import type { ListedOperation } from "../../web/src/api/types.ts";
import { readFilters, toApiQuery, writeFilters } from "../../web/src/pages/operations/filters.ts";
import { keepSteady } from "../../web/src/pages/operations/steady.ts";

describe("filters", () => {
  it("survive the way into the address and back", () => {
    const query = "?status=active&status=failed&search=op_7f&wallet=abc&after=2026-11-25T03%3A00";
    expect(writeFilters(readFilters(query))).toBe(query);
  });

  it("drop what is no status", () => {
    expect(readFilters("status=active&status=nonsense").status).toEqual(["active"]);
  });

  it("ask the API for UTC times, a page and its cursor, and for nothing that is empty", () => {
    const after = "2026-11-25T03:00";
    const params = new URLSearchParams(
      toApiQuery(readFilters(`status=active&search=&after=${after}`), "next"),
    );
    expect(Object.fromEntries(params)).toEqual({
      status: "active",
      createdAfter: new Date(after).toISOString(),
      limit: "25",
      cursor: "next",
    });
  });
});

describe("a live list", () => {
  const row = (id: string, progress = 0) => ({ id, progress }) as ListedOperation;

  it("changes rows in place, and only counts newer ones", () => {
    const { shown, newer } = keepSteady([row("b"), row("a")], [row("d"), row("c"), row("b", 70), row("a")]);
    expect(shown.map(({ id, progress }) => [id, progress])).toEqual([
      ["b", 70],
      ["a", 0],
    ]);
    expect(newer).toBe(2);
  });

  it("keeps what no longer matches the filter until the reader looks away", () => {
    expect(keepSteady([row("b"), row("a")], [row("a")]).shown.map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("takes everything when nothing was shown", () => {
    expect(keepSteady([], [row("a")])).toEqual({ shown: [row("a")], newer: 0 });
  });
});
