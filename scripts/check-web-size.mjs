// Fails when the dashboard's first load is too heavy: all script that index.html asks for, and what that imports at
// once, compressed as a server would.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 100_000;
const folder = new URL("../dist/web/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder));

const seen = new Map();
function add(name) {
  if (seen.has(name)) return;
  const source = read(name);
  seen.set(name, gzipSync(source, { level: 6 }).length);
  // Static imports only: a dynamic one is not part of the first load.
  for (const [, path] of source.toString().matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g))
    add(`assets/${path}`);
}

const page = read("index.html").toString();
for (const [, path] of page.matchAll(/(?:src|href)="\/app\/([^"]+\.js)"/g)) add(path);
if (seen.size === 0) throw new Error("dist/web/index.html asks for no script: was it built?");

const total = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
console.log(`dashboard: ${total} bytes of compressed script on the first load (limit ${LIMIT_BYTES})`);
if (total > LIMIT_BYTES) {
  for (const [name, bytes] of seen) console.error(`  ${bytes}  ${name}`);
  process.exit(1);
}
