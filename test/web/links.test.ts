/** Tests that every link of the dashboard leads to an existing page of the dashboard or of the server. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const SOURCES = new URL("../../web/src/", import.meta.url);
const LINK = /(?:href=\{?|route\()["`](\/[^"`]*)["`]/g;
const PAGE = /path="(\/app\/[^"]*)"/g;

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".tsx"))
  .map((name) => ({ name, text: readFileSync(new URL(name, SOURCES), "utf8") }));

/** Pages that the server provides beside the dashboard. */
const OTHERS = ["/docs"];

/**
 * Normalises a path. A placeholder that is a whole segment stands for any segment. A placeholder at the end
 * is a query.
 */
const shapeOf = (path: string): string =>
  path
    .replace(/[?#].*$/, "")
    .replace(/\/(?::\w+|\$\{[^}]*\})/g, "/*")
    .replace(/\$\{.*$/, "");

it("every link of the dashboard leads to one of its pages", () => {
  const pages = new Set([
    ...OTHERS,
    ...files.flatMap(({ text }) => [...text.matchAll(PAGE)].map(([, path = ""]) => shapeOf(path))),
  ]);
  const links = files.flatMap(({ name, text }) =>
    [...text.matchAll(LINK)].map(([, path = ""]) => ({ name, path, shape: shapeOf(path) })),
  );
  expect(pages.size).toBeGreaterThan(5);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(({ shape }) => !pages.has(shape))).toEqual([]);
});
