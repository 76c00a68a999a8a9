/**
 * Compares the library with HTTP and the command line, by the table in docs/library.md: each HTTP operation and each command
 * names a function that the library exports, or says why there is none.
 */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import * as library from "../../src/index.ts";
import { OPERATION_IDS } from "../../src/server/operation-ids.ts";

const page = readFileSync("docs/library.md", "utf8");
const codes = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => (code === undefined ? [] : [code]));
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| what | HTTP"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, what = "", http = "", command = "", functions = ""]) => ({ what, http, command, functions }));

const leaves = (command: Command, path: string): string[] =>
  command.commands.length === 0
    ? [path]
    : command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`));

/** These exist beside what HTTP and the command line do. The page's last paragraph names them. */
const alongside = codes(page.slice(page.indexOf("Besides these")));
const exported = Object.keys(library).sort();

describe("the library, HTTP and the command line", () => {
  it("has a row for each HTTP operation, and no row for another", () => {
    const inTable = new Set(rows.flatMap(({ http }) => codes(http)));
    expect([...inTable].sort()).toEqual(Object.values(OPERATION_IDS).toSorted());
  });

  it("has a row for each command, and no row for another", () => {
    const inTable = new Set(rows.flatMap(({ command }) => codes(command)));
    expect([...inTable].sort()).toEqual(leaves(createProgram(), "cto").sort());
  });

  it("names an exported function in each row, or a reason", () => {
    for (const { what, functions } of rows) {
      const named = codes(functions).filter((code) => /^\w+$/.test(code));
      if (functions.startsWith("none: ")) expect(functions.length, what).toBeGreaterThan("none: ".length);
      else expect(named, what).not.toEqual([]);
      for (const name of functions.startsWith("none: ") ? [] : named) expect(exported, what).toContain(name);
    }
  });

  it("names every export", () => {
    const named = new Set([...rows.flatMap(({ functions }) => codes(functions)), ...alongside]);
    expect(exported.filter((name) => !named.has(name))).toEqual([]);
  });
});
