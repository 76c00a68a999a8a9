import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["e2e/global-setup.ts"],
    include: ["e2e/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: "forks",
    // Each file has a system and a browser of its own: one such pair at a time is enough for a small machine.
    fileParallelism: false,
  },
});
