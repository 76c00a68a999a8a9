/**
 * Tests that texts of strangers are shown and not interpreted: control, direction and invisible characters appear as
 * their codes, and ids and names may not contain them.
 */
import { afterEach, expect, it, vi } from "vitest";
import { forTerminal, visible } from "../../src/base/visible.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { reportFailure } from "../../src/cli/failures.ts";
import { openTerminal } from "../../src/cli/terminal.ts";
import { idSchema, plainText } from "../../src/contract/types.ts";
import { CTOError } from "../../src/errors/index.ts";
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
