// Fails if the first load of the dashboard, or of a call's page, is too large. It counts the gzipped size of all scripts
// that are named, and of their static imports.
import { existsSync, readFileSync, statSync } from "node:fs";

const LIMIT_BYTES = 100_000;
const folder = new URL("../dist/web/", import.meta.url);
const at = (name) => new URL(name, folder);
if (!existsSync(at("index.html"))) throw new Error("dist/web is empty: run `npm run build` first");

function sizesOf(entries) {
  const seen = new Map();
  const add = (name) => {
    if (seen.has(name)) return;
    seen.set(name, statSync(at(`${name}.gz`)).size);
    // A dynamic import is not part of the first load.
    const source = readFileSync(at(name), "utf8");
    for (const [, path] of source.matchAll(/(?:import|from)\s*"\.\/(?:assets\/)?([^"]+\.js)"/g))
      add(`assets/${path}`);
  };
  for (const entry of entries) add(entry);
  return seen;
}

function check(what, entries) {
  if (entries.length === 0) throw new Error(`${what} asks for no script`);
  const seen = sizesOf(entries);
  const total = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
  console.log(`${what}: ${total} bytes of compressed script on the first load (limit ${LIMIT_BYTES})`);
  if (total <= LIMIT_BYTES) return;
  for (const [name, bytes] of seen) console.error(`  ${bytes}  ${name}`);
  process.exitCode = 1;
}

const page = readFileSync(at("index.html"), "utf8");
check(
  "dashboard",
  [...page.matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)].map(([, path]) => path),
);
check("call", ["call.js"]);
