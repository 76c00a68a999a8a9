/** Tests that the reliability page matches the committed run files. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const REPORT = new URL("../../crash/report.ts", import.meta.url).pathname;
const DOCS = new URL("../../docs", import.meta.url).pathname;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cto-report-"));
  cpSync(DOCS, join(folder, "docs"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const check = (): number | null =>
  spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), REPORT, "--check"], { cwd: folder })
    .status;

const change = (file: string, from: RegExp, to: string): void => {
  const path = join(folder, "docs", file);
  const text = readFileSync(path, "utf8");
  expect(text).toMatch(from);
  writeFileSync(path, text.replace(from, to));
};

test("the committed page is that of the committed files", () => {
  expect(check()).toBe(0);
});

test("a number that somebody writes into the page fails the check", () => {
  change("reliability.md", /, 0 violations\*\*/, ", 1 violations**");
  expect(check()).toBe(1);
});

test("a run file without its page fails the check", () => {
  change("reliability.json", /"runs": \d+/, '"runs": 999999');
  expect(check()).toBe(1);
});
