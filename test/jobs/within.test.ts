/**
 * Tests our time limit for calls without their own timeout: a silent call is abandoned, but an answer that came while
 * this process was suspended still counts.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { within } from "../../src/base/within.ts";

const late = () => new Error("late");

/** Starts a process that prints "up", and answers 100 ms after a request. */
async function slowOne() {
  const child = spawn(
    process.execPath,
    [
      "-e",
      `process.stdout.write("up"); process.stdin.once("data", () => setTimeout(() => process.stdout.end("answer"), 100))`,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  await once(child.stdout, "data");
  return {
    async ask(): Promise<string> {
      child.stdin.end("ask");
      const [answer] = await once(child.stdout, "data");
      return String(answer);
    },
  };
}

test("a promise that is too late is given up, and its own failure is ignored", async () => {
  await expect(within(50, new Promise(() => undefined), late)).rejects.toThrow("late");
  let fail = (_reason: Error): void => undefined;
  const failing = new Promise((_, reject) => {
    fail = reject;
  });
  await expect(within(50, failing, late)).rejects.toThrow("late");
  fail(new Error("afterwards"));
});

test("a promise that settles in time is returned", async () => {
  await expect(within(60_000, Promise.resolve(7), late)).resolves.toBe(7);
  await expect(within(60_000, Promise.reject(new Error("its own")), late)).rejects.toThrow("its own");
});

test("an answer that arrived while this process was blocked counts", async () => {
  const other = await slowOne();
  const answer = within(1_000, other.ask(), late);
  await new Promise((resolve) => setTimeout(resolve, 10)); // The request is being sent.
  // Node now runs the timers that are due, and reads its sockets afterwards.
  setImmediate(() => {
    const held = performance.now();
    while (performance.now() - held < 2_000);
  });
  await expect(answer).resolves.toBe("answer");
});
