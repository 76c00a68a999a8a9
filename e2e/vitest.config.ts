import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["e2e/global-setup.ts"],
    include: ["e2e/**/*.test.ts"],
    // A condition is waited for: how long that takes is the machine's.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: "forks",
    // Each file has a system and a browser of its own: one such pair at a time is enough for a small machine.
    fileParallelism: false,
  },
});
