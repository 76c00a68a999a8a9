/**
 * Bundles the code of a process that tests start into one file, once per run of the suite. The process then starts in a third
 * of the time. A test names the entry file, and the first test that needs it builds the bundle.
 */
import { access, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "tsdown";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** The prefix of this run's file names. */
    bundles: string;
  }
}

/**
 * The output folder. It is inside the project, so that a bundle finds its packages. Bundles are two levels deep, like
 * `src/cli`. Git ignores it.
 */
const OUT = ".cto";

const FILE = "child.mjs";

/** Deletes a run's files. */
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

/**
 * Bundles a process.
 * @param entry relative to the project's folder, such as `src/cli/main.ts`
 * @returns the file to run
 */
export const bundled = (entry: string): Promise<string> => once(entry, (own) => cheapStart(own, entry));

/** Bundles a module that a process loads. */
export const bundledModule = (entry: string): Promise<string> => once(entry, async () => entry);

function once(entry: string, start: (own: string) => Promise<string>): Promise<string> {
  const known = built.get(entry) ?? bundle(entry, start);
  built.set(entry, known);
  return known;
}

/** Writes the file that lowers the cost of keys and then runs the entry. */
async function cheapStart(own: string, entry: string): Promise<string> {
  await mkdir(own, { recursive: true });
  const start = join(process.cwd(), own, "start.ts");
  const imports = ["test/support/cheap-keys.ts", entry].map((path) => `import "../../${path}";\n`);
  await writeFile(start, imports.join(""));
  return start;
}

async function bundle(entry: string, start: (own: string) => Promise<string>): Promise<string> {
  const folder = join(OUT, `${inject("bundles")}-${basename(entry, ".ts")}`);
  const file = join(process.cwd(), folder, FILE);
  if (await isThere(file)) return file;
  // Several test files may build at the same time, each in its own process. The first finished build is used.
  const own = `${folder}-${process.pid}`;
  await build({
    config: false,
    entry: { child: await start(own) },
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
