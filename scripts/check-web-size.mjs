// Fails if the dashboard's first load is too large. It counts the gzipped size of all scripts in index.html and of their
// static imports.
import { existsSync, readFileSync, statSync } from "node:fs";

const LIMIT_BYTES = 100_000;
const folder = new URL("../dist/web/", import.meta.url);
const at = (name) => new URL(name, folder);
if (!existsSync(at("index.html"))) throw new Error("dist/web is empty: run `npm run build` first");

const seen = new Map();
function add(name) {
  if (seen.has(name)) return;
  seen.set(name, statSync(at(`${name}.gz`)).size);
  // A dynamic import is not part of the first load.
  const source = readFileSync(at(name), "utf8");
  for (const [, path] of source.matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) add(`assets/${path}`);
}

const page = readFileSync(at("index.html"), "utf8");
for (const [, path] of page.matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)) add(path);
if (seen.size === 0) throw new Error("dist/web/index.html asks for no script");

const total = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
console.log(`dashboard: ${total} bytes of compressed script on the first load (limit ${LIMIT_BYTES})`);
if (total > LIMIT_BYTES) {
  for (const [name, bytes] of seen) console.error(`  ${bytes}  ${name}`);
  process.exit(1);
}
