/** Configures Vitest for the browser tests in `e2e/`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["e2e/global-setup.ts"],
    include: ["e2e/**/*.test.ts"],
    // A test polls for a condition. The time until it holds depends on the machine.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: "forks",
    // Each file starts its own system and browser. A small machine can run only one such pair at a time.
    fileParallelism: false,
  },
});
