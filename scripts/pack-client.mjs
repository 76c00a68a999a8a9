// Packs `cto-queue-client` from dist/client: only the typed client of the HTTP API, for pages and programs that do not need
// the server. Its types use zod's types, so zod is a dependency. Its installation compiles nothing and runs no script.
// Usage: node scripts/pack-client.mjs <folder>; prints the tarball's path.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");
const ENTRY = { types: "./index.d.ts", default: "./index.js" };

/** Packs the client into this folder. @returns the tarball's path */
export function packClient(folder) {
  const { version, license, engines, dependencies } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const staged = mkdtempSync(join(tmpdir(), "cto-client-"));
  try {
    mkdirSync(folder, { recursive: true });
    cpSync(join(root, "dist/client"), staged, { recursive: true });
    for (const file of ["LICENSE", "NOTICE"]) cpSync(join(root, file), join(staged, file));
    cpSync(join(root, "docs/client.md"), join(staged, "README.md"));
    const described = {
      name: "cto-queue-client",
      version,
      description: "The typed client of the CTO queue's HTTP API, for browsers and Node.",
      license,
      type: "module",
      engines,
      exports: { ".": ENTRY, "./package.json": "./package.json" },
      types: ENTRY.types,
      dependencies: { zod: dependencies.zod },
    };
    writeFileSync(join(staged, "package.json"), `${JSON.stringify(described, null, 2)}\n`);
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", resolve(folder)], {
      cwd: staged,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    return join(resolve(folder), JSON.parse(packed)[0].filename);
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  console.log(packClient(process.argv[2] ?? "."));
