/**
 * Decides as whom the server runs. PostgreSQL refuses to run as root, so root hands it to an unprivileged user, which
 * may however not be able to reach a package or a data directory that lies below a directory of root's own.
 *
 * On Linux `setpriv` solves both without creating a user or changing any directory's mode: PostgreSQL's programs run as
 * `postgres` or `nobody` and keep one capability, CAP_DAC_READ_SEARCH, with which they may pass through directories.
 * `no_setuid_fixup` is needed because PostgreSQL asks access(2) about its own programs, and access(2) otherwise
 * ignores the capabilities of users that are not root.
 *
 * The server itself keeps no capability, because with that one it could read every file: it reaches its data through
 * its working directory (see server.ts). Only if the package lies below a directory that is closed to its user, it
 * keeps the capability, too.
 */
import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export type RunAs = {
  /** What to put before a command; empty when it is run as ourselves. */
  readonly prefix: readonly string[];
  /** The same for the server, without any capability; null if it must start like the other programs. */
  readonly bare: readonly string[] | null;
  /** Who must own what the server writes; null: it is ours already. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
};

const OURSELVES: RunAs = { prefix: [], bare: null, owner: null };

type Owner = NonNullable<RunAs["owner"]>;

/** `postgres` if there is such a user, else `nobody`, from the user table itself. */
const chooseUser = async (): Promise<Owner> => {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    "it does not run as root, and /etc/passwd has neither a user postgres nor nobody to run it as",
  );
};

/** Data that exists already belongs to whoever ran the server first. */
const ownerOfData = async (data: string): Promise<Owner | null> => {
  const found = await stat(data).catch(() => null);
  return found === null || found.uid === 0 ? null : { uid: found.uid, gid: found.gid };
};

/**
 * Whether the program can be run like this. setpriv may start it from a closed directory, with rights that it then loses:
 * the program runs, but prints that it may not read itself.
 */
const runs = ([first = "", ...rest]: readonly string[], program: string): Promise<boolean> =>
  run(first, [...rest, program, "--version"]).then(
    ({ stderr }) => stderr === "",
    () => false,
  );

/**
 * How to run the server's programs in this process's situation.
 * @param program one of PostgreSQL's programs
 * @throws a plain error that says what to do, when this is root and there is no way to step down.
 */
export const chooseRunAs = async (data: string, program: string): Promise<RunAs> => {
  if (process.geteuid?.() !== 0) return OURSELVES;
  const remedy = "run this as another user, or set DATABASE_URL";
  if (process.platform !== "linux") throw new Error(`PostgreSQL does not run as root; ${remedy}`);
  await run("setpriv", ["--version"]).catch(() => {
    throw new Error(
      `PostgreSQL does not run as root, and setpriv (package util-linux) is missing; install it, ${remedy}`,
    );
  });
  const owner = (await ownerOfData(data)) ?? (await chooseUser());
  const user = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"];
  const bare = ["setpriv", ...user, "--inh-caps=-all", "--no-new-privs"];
  return {
    owner,
    bare: (await runs(bare, program)) ? bare : null,
    prefix: [
      "setpriv",
      "--securebits=+no_setuid_fixup",
      ...user,
      "--inh-caps=+dac_read_search",
      "--ambient-caps=+dac_read_search",
    ],
  };
};
