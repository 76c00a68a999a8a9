/** Runs one of PostgreSQL's programs to its end. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Layout } from "./layout.ts";
import type { RunAs } from "./run-as.ts";

const run = promisify(execFile);

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

/** @throws a plain error with what the program printed. */
export const command = async (
  layout: Layout,
  runAs: RunAs,
  program: string,
  args: string[],
): Promise<void> => {
  const [first = program, ...rest] = [...runAs.prefix, program, ...args];
  await run(first, rest, { cwd: layout.root, env: minimalEnvironment() }).catch(
    (error: Error & { stderr?: string; stdout?: string }) => {
      const printed = `${error.stderr ?? ""}`.trim() || `${error.stdout ?? ""}`.trim() || error.message;
      throw new Error(printed);
    },
  );
};
