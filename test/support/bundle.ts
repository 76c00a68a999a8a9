/**
 * Puts a process that tests start into one file, once per run of the suite: it then starts in a third of the time.
 * A test names the entry file; the file is built when the first test asks for it.
 */
import { access, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "tsdown";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** What this run's files are called by. */
    bundles: string;
  }
}

/** Inside the project, so that the file finds its packages; two levels deep, as `src/cli` is. Ignored by git. */
const OUT = ".cto";

const FILE = "child.mjs";

/** Takes a run's files away. */
export async function removeBundles(run: string): Promise<void> {
  const found = await readdir(OUT).catch(() => []);
  const own = found.filter((name) => name.startsWith(`${run}-`));
  await Promise.all(own.map((name) => rm(join(OUT, name), { recursive: true, force: true })));
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const built = new Map<string, Promise<string>>();

/** @param entry from the project's folder, like `src/cli/main.ts`; answers the file to run */
export function bundled(entry: string): Promise<string> {
  const known = built.get(entry) ?? bundle(entry);
  built.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  const folder = join(OUT, `${inject("bundles")}-${basename(entry, ".ts")}`);
  const file = join(process.cwd(), folder, FILE);
  if (await isThere(file)) return file;
  // Several test files may ask at once, each in a process of its own: the first one to be ready wins.
  const own = `${folder}-${process.pid}`;
  await build({
    config: false,
    entry: { child: entry },
    outDir: own,
    format: "esm",
    platform: "node",
    dts: false,
    sourcemap: true,
    clean: false,
    skipNodeModulesBundle: true,
    logLevel: "error",
  });
  await rename(own, folder).catch(() => rm(own, { recursive: true, force: true }));
  return file;
}
