/**
 * Builds the dashboard, and the script of a call's page, into `dist/web`, from where the server serves them under `/app/`.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const OUT = fileURLToPath(new URL("../dist/web", import.meta.url));
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.CTO_SERVER ?? "http://127.0.0.1:3000";

/** Compressed once, here, rather than with every answer: the server sends `<file>.br` or `<file>.gz` where it may. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  async closeBundle() {
    const files = await readdir(OUT, { recursive: true });
    for (const file of files.filter((name) => /\.(js|css|html|svg)$/.test(name))) {
      const content = await readFile(join(OUT, file));
      await writeFile(join(OUT, `${file}.br`), brotliCompressSync(content));
      await writeFile(join(OUT, `${file}.gz`), gzipSync(content));
    }
  },
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/app/",
  plugins: [compressed],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
    // The page's policy allows no `data:` scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: at("index.html"), call: at("src/call/main.tsx") },
      // The server's page of a call names this script, so its name has no hash.
      output: { entryFileNames: ({ name }) => (name === "call" ? "call.js" : "assets/[name]-[hash].js") },
    },
  },
  // `npx vite web` beside a running `cto start`, for work on the dashboard itself.
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/r", "/c/", "/docs", "/openapi.json", "/readyz"].map((path) => [path, server]),
    ),
  },
});
