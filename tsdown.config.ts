import { defineConfig } from "tsdown";

const COMMON = {
  format: "esm",
  target: "node20",
  dts: true,
  sourcemap: true,
  fixedExtension: false,
} as const;

/** Apart, so that it shares no file with what needs Node; whole, so that a page can import it as it is. */
export const CLIENT = {
  ...COMMON,
  entry: { "client/index": "src/client/index.ts" },
  platform: "browser",
  target: "es2022",
  inlineOnly: "eventsource-parser",
  clean: false,
} as const;

export default defineConfig([
  {
    ...COMMON,
    entry: ["src/index.ts", "src/jobs/index.ts", "src/cli/main.ts"],
    platform: "node",
    // Who traces installs these; the bundle carries no dependency at all.
    external: [/^@opentelemetry\//],
    inlineOnly: [],
    clean: true,
  },
  CLIENT,
]);
