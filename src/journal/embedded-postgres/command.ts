/** Runs one of PostgreSQL's programs to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Layout } from "./layout.ts";
import type { RunAs } from "./run-as.ts";

/** What its programs need to find each other and their libraries. */
const KEPT = /^(?:PATH|HOME|TMPDIR|TEMP|TMP|TZ|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|SystemRoot)$/;

/**
 * The server keeps its environment for as long as it runs: our secrets and keys must not be in it, and PGPORT, PGDATA
 * and their like belong to some other server that the user works with.
 */
const minimalEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name))),
  LC_ALL: "C",
});

/** The working directory, and a file that the program gets as its descriptor 3. */
type Surroundings = { readonly cwd: string; readonly file?: number };

/** @throws a plain error with what the program printed. */
export const runProgram = async (words: readonly string[], { cwd, file }: Surroundings): Promise<void> => {
  const [first = "", ...rest] = words;
  const stdio = ["ignore", "pipe", "pipe", ...(file === undefined ? [] : [file])] as [
    "ignore",
    "pipe",
    "pipe",
  ];
  const child = spawn(first, rest, { cwd, env: minimalEnvironment(), stdio });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  if (code !== 0) throw new Error(stderr.trim() || stdout.trim() || `${first} ended with ${code}`);
};

/** Runs a program as the server's user. @throws a plain error with what the program printed. */
export const command = (layout: Layout, runAs: RunAs, program: string, args: string[]): Promise<void> =>
  runProgram([...runAs.prefix, program, ...args], { cwd: layout.root });
