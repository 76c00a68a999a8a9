/** Builds the dashboard into `dist/web`, from where the server serves it under `/app/`. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const server = process.env.CTO_SERVER ?? "http://127.0.0.1:3000";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/app/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../dist/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox128", "safari17.5"],
    // The page's policy allows no `data:` scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npx vite web` beside a running `cto start`, for work on the dashboard itself.
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/r", "/docs", "/openapi.json", "/readyz"].map((path) => [path, server]),
    ),
  },
});
