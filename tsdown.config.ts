import { defineConfig } from "tsdown";

const COMMON = {
  format: "esm",
  target: "node20",
  dts: true,
  sourcemap: true,
  fixedExtension: false,
} as const;

export default defineConfig([
  {
    ...COMMON,
    entry: ["src/index.ts", "src/jobs/index.ts", "src/cli/main.ts"],
    platform: "node",
    clean: true,
  },
  // Apart, so that it shares no file with what needs Node.
  {
    ...COMMON,
    entry: { "client/index": "src/client/index.ts" },
    platform: "browser",
    target: "es2022",
    clean: false,
  },
]);
