/** Tests the line that says how far a long reading is: nothing for a short one, and lines now and then without a terminal. */
import { Writable } from "node:stream";
import pc from "picocolors";
import { expect, it } from "vitest";
import { openCounter } from "../../src/cli/counter.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

const openTerminal = (isTTY: boolean) => {
  const written: string[] = [];
  const notes = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        written.push(String(chunk));
        done();
      },
    }),
    { isTTY, columns: 80, rows: 24 },
  ) as unknown as NodeJS.WriteStream;
  const terminal: Terminal = {
    json: false,
    colours: pc.createColors(false),
    notes,
    answer: () => undefined,
    note: (line) => written.push(`${line}\n`),
  };
  return { terminal, written };
};

it("says every five seconds how far it is, and nothing at the end", () => {
  const { terminal, written } = openTerminal(false);
  let now = 0;
  const counter = openCounter(terminal, "wallets read", () => now);
  for (const [at, done] of [
    [1_000, 1],
    [5_000, 2],
    [6_000, 3],
    [10_000, 4],
    [16_000, 5],
  ] as const) {
    now = at;
    counter.count(done, 5);
  }
  counter.done();
  expect(written).toEqual(["2 of 5 wallets read\n", "4 of 5 wallets read\n"]);
});

it("draws one line on a terminal, and takes it away", () => {
  const { terminal, written } = openTerminal(true);
  let now = 0;
  const counter = openCounter(terminal, "wallets read", () => now);
  counter.count(1, 3);
  expect(written).toEqual([]);
  now = 200;
  counter.count(2, 3);
  expect(written.join("")).toContain("2 of 3 wallets read");
  const drawn = written.length;
  counter.done();
  // Erases the line: the sequence is ESC [2K.
  expect(written.slice(drawn).join("")).toContain("\u001b[2K");
});
