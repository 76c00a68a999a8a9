#!/usr/bin/env node
/**
 * Runs the `cto` command: it parses the command line, runs one command, and sets the exit code (0 done, 1 failed, 2 bad
 * usage).
 */
import { forTerminal } from "../base/visible.ts";
import { unknownVariables } from "../config.ts";
import { startTracing } from "../runtime/tracing/start-tracing.ts";
import { reportFailure } from "./failures.ts";
import { readVersion } from "./package.ts";
import { createProgram } from "./program.ts";

// `cto status | head` closes our output early. That is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const written = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write("", () => resolve());
  });

for (const problem of unknownVariables()) process.stderr.write(`${forTerminal(problem)}\n`);

const tracing = await startTracing(process.env, {
  version: readVersion(),
  warn: (text) => process.stderr.write(`${forTerminal(text)}\n`),
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, { json: process.argv.includes("--json") });
}
await tracing?.close();
await Promise.all([written(process.stdout), written(process.stderr)]);
// Commands have closed everything that they opened. The timers of rate limiters would keep the process alive for up to
// 20 s.
process.exit();
