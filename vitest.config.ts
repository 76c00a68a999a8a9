import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/cheap-keys.ts"],
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    // A condition is waited for: how long that takes is the machine's.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: "forks",
    // Whole-system tests often wait for slots, polls and processes, so three files at once keep two cores busy.
    maxWorkers: 3,
  },
});
