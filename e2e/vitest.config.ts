import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["e2e/global-setup.ts"],
    include: ["e2e/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: "forks",
    // One system, one browser at a time: what one file halts must not stand in another one's way.
    fileParallelism: false,
  },
});
