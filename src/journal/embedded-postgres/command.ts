/** Runs one of PostgreSQL's programs to its end. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Layout } from "./layout.ts";
import type { RunAs } from "./run-as.ts";

const run = promisify(execFile);

/** PGPORT, PGDATA and their like belong to some other server that the user works with. */
const cleanEnvironment = (): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
};

/** @throws a plain error with what the program printed. */
export const command = async (
  layout: Layout,
  runAs: RunAs,
  program: string,
  args: string[],
): Promise<void> => {
  const [first = program, ...rest] = [...runAs.prefix, program, ...args];
  await run(first, rest, { cwd: layout.root, env: cleanEnvironment() }).catch(
    (error: Error & { stderr?: string; stdout?: string }) => {
      const printed = `${error.stderr ?? ""}`.trim() || `${error.stdout ?? ""}`.trim() || error.message;
      throw new Error(printed);
    },
  );
};
