/** Copies the source and plants mistakes in the copy. It never changes the source itself. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The edits of one file. Each `find` text must occur in it exactly once. */
export type Change = {
  readonly file: string;
  readonly edits: readonly (readonly [find: string, replace: string])[];
};

/** Copies all files that git does not ignore, including uncommitted changes. The copy is deleted when this process ends. */
export function makeCopy(): string {
  const place = mkdtempSync(join(tmpdir(), "cto-mutants-"));
  const copy = join(place, "copy");
  process.on("exit", () => rmSync(place, { recursive: true, force: true }));
  process.on("SIGINT", () => process.exit(1));
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  for (const file of listed.split("\n").filter((name) => name !== "")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // The real programs stand beside the project. Without them, the tests that run on them would be skipped.
  const beside = join(ROOT, "../shared");
  if (existsSync(beside)) symlinkSync(beside, join(place, "shared"));
  return copy;
}

/**
 * Plants a mistake. Returns a function that removes it again.
 * @throws if a text does not occur exactly once, because the list must match the source
 */
export function plant(copy: string, name: string, changes: readonly Change[]): () => void {
  const before = changes.map(({ file, edits }) => {
    const path = join(copy, file);
    const source = readFileSync(path, "utf8");
    const planted = edits.reduce((text, [find, replace]) => {
      if (text.split(find).length !== 2)
        throw new Error(`${name}: ${JSON.stringify(find)} does not stand exactly once in ${file}`);
      return text.replace(find, () => replace);
    }, source);
    writeFileSync(path, planted);
    return { path, source };
  });
  return () => {
    for (const { path, source } of before.reverse()) writeFileSync(path, source);
  };
}
