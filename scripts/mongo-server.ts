/**
 * Finds the MongoDB wire server of the tests, and builds it once per machine if Go is installed. It is FerretDB with its
 * SQLite handler, from `scripts/ferretdb`, whose go.sum pins every module. As a command, this prints the program's path, or
 * exits with 1 if there is no program and it cannot be built.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("ferretdb", import.meta.url));

const sourceHash = (): string => {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(SOURCE, file)));
  return hash.digest("hex").slice(0, 12);
};

/**
 * Returns the program's path. It is outside the repository, so that a new clone does not build again. Each source
 * version has its own file.
 */
const cached = (): string => {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(cache, "cto-queue", `ferretdb-${sourceHash()}`);
};

const build = (file: string): void => {
  mkdirSync(join(file, ".."), { recursive: true });
  console.error("Building the MongoDB wire server of the tests (FerretDB 1.24.0, once per machine) …");
  const unfinished = `${file}.${process.pid}`;
  const { status } = spawnSync("go", ["build", "-trimpath", "-o", unfinished, "."], {
    cwd: SOURCE,
    stdio: ["ignore", 2, 2],
  });
  // Another process may have built the same program at the same time. Replacing its file is harmless.
  if (status === 0) renameSync(unfinished, file);
  else rmSync(unfinished, { force: true });
};

/** Returns the program's path, or null if it is not built and Go cannot build it. */
export const findMongoServer = (): string | null => {
  const file = cached();
  if (!existsSync(file) && spawnSync("go", ["version"], { stdio: "ignore" }).status === 0) build(file);
  return existsSync(file) ? file : null;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = findMongoServer();
  console.log(file ?? "No MongoDB wire server: there is no Go on the PATH, or it could not build FerretDB.");
  process.exitCode = file === null ? 1 : 0;
}
