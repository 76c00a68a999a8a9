/**
 * Tests that texts of strangers are shown and not interpreted: control, direction and invisible characters appear as
 * their codes, and ids and names may not contain them.
 */
import pc from "picocolors";
import { afterEach, expect, it, vi } from "vitest";
import { forTerminal, visible, visibleJson } from "../../src/base/visible.ts";
import { describeFailure } from "../../src/chain/failure.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { reportFailure } from "../../src/cli/failures.ts";
import { createProgressView } from "../../src/cli/progress-view.ts";
import { table } from "../../src/cli/table.ts";
import { openTerminal, type Terminal } from "../../src/cli/terminal.ts";
import { type CTOProgress, idSchema, plainText } from "../../src/contract/types.ts";
import { CTOError, toFailure } from "../../src/errors/index.ts";
import { forPeople } from "../../src/runtime/log-line.ts";
import { storyText } from "../../src/services/explain.ts";
import { failureOf, startFaultServer } from "../chain/fault-server.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const HOSTILE = [
  "gone\u001b[2K\u001b[1A",
  "\u001b]8;;http://evil.example\u0007a link\u001b]8;;\u0007",
  "\u009b31m",
  "\u202egpj.exe",
  "\u2066one\u2069",
  "zero\u200bwidth\ufeff",
  "hidden\u001b[8m",
  "a\rb",
];

it("shows escape sequences, direction marks and invisible characters as their codes", () => {
  expect(visible("paid\u001b[2K\nnext")).toBe("paid\\u001b[2K next");
  for (const text of HOSTILE) {
    expect(forTerminal(text)).toMatch(/^[\x20-\x7e\n]*$/);
    expect(visible(text)).toMatch(/^[\x20-\x7e]*$/);
  }
  expect(visible("Ada Łukasiewicz 🎉 東京")).toBe("Ada Łukasiewicz 🎉 東京");
});

it("our own colours and lines reach the terminal", () => {
  const own = "\u001b[1m\u001b[31mCTO_E\u001b[39m\u001b[22m\n  next\n";
  expect(forTerminal(own)).toBe(own);
});

it("removes them from answers, JSON, notes and failures", () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((part) => written.push(String(part)) > 0);
  for (const json of [true, false]) {
    const terminal = openTerminal({ json });
    for (const text of HOSTILE) {
      terminal.answer({ text }, () => text);
      terminal.note(text);
      reportFailure(new CTOError("CTO_E_USAGE", { problem: text }), { json });
    }
  }
  const parsed = written.find((part) => part.startsWith("{") && part.includes("gpj")) ?? "";
  vi.restoreAllMocks();
  for (const part of written) expect(part).toMatch(/^[\x20-\x7e\n]*$/);
  expect(JSON.parse(parsed)).toEqual({ text: "\u202egpj.exe" });
});

/** A line that the reader would take for one of ours. */
const FORGED = "no\n12:00:04 INFO  Leg 2 has landed\r\n  \u2028operation=op_1";

it("a text of a third party begins no line of its own: in errors, events, logs, tables and stories", () => {
  const reason = FORGED;
  const shown = [
    new CTOError("CTO_E_VENUE_UNAVAILABLE", { venue: "jupiter", reason }).message,
    new CTOError("CTO_E_JOURNAL_UNAVAILABLE", { reason }).message,
    toFailure(new Error(FORGED)).message,
    describeFailure({ [FORGED]: FORGED }).message,
    describeFailure(FORGED).message,
    forPeople(
      JSON.stringify({ level: 40, time: 0, msg: FORGED, error: FORGED, at: { deep: FORGED } }),
    ).trimEnd(),
    visibleJson(JSON.stringify({ error: FORGED })),
    storyText([{ at: new Date(0), text: FORGED }]),
    table([{ title: "why" }], [[FORGED]], pc.createColors(false))
      .split("\n")
      .slice(3, -1)
      .join("\n"),
  ];
  for (const text of shown)
    expect(text).toMatch(/^[^\n\r\u0080-\u009f\u2028\u2029]*leg 2 has landed[^\n\r\u2028]*$/i);
});

it("a progress line stays one, also of an event that an earlier release stored", () => {
  const lines: string[] = [];
  const terminal: Terminal = { ...openTerminal({ json: true }), note: (line) => lines.push(line) };
  const view = createProgressView(terminal, "op_1");
  const failure = { code: "CTO_E_INTERNAL", message: FORGED };
  const event = { jobId: "op_1", at: new Date(0), progress: 70, type: "incident" as const, failure };
  view.event(event as unknown as CTOProgress);
  expect(lines.at(-1)).toMatch(/^[^\n\r\u2028]*INCIDENT: no 12:00:04[^\n\r\u2028]*$/);
});

it("an error of a node is bounded, however long its own is", () => {
  expect(describeFailure({ Bad: "x".repeat(100_000) }).message.length).toBeLessThanOrEqual(500);
});

it("removes them from a node's messages", async () => {
  await using server = await startFaultServer(() => ({
    error: { code: -32602, message: `bad ${HOSTILE.join(" ")}` },
  }));
  const rpc = new Rpc({ urls: [server.url], tries: 1 });
  const error = await failureOf(rpc.call({ method: "getSlot", params: [], schema: plainText(9) }));
  expect(String(error)).toMatch(/^[\x20-\x7e]*$/);
  rpc.close();
});

it("no id and no name has them, and no id means another place in a path", () => {
  for (const text of HOSTILE) {
    expect(idSchema.safeParse(text).success).toBe(false);
    expect(plainText(200).safeParse(text).success).toBe(false);
  }
  for (const id of ["", ".", "..", "../admin", "a/../b", "a\\..\\b", "a/.."]) {
    expect([id, idSchema.safeParse(id).success]).toEqual([id, false]);
  }
  for (const id of ["alice", "-100123", "a.b", "...", "a..b", "a/b", "Żółć", "user@example.org"]) {
    expect([id, idSchema.safeParse(id).success]).toEqual([id, true]);
  }
});
