import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    include: ["test/real-node/*.real.ts", "test/rpc-surface/*.test.ts"],
    // A condition is waited for: how long that takes is the machine's.
    expect: { poll: { timeout: 120_000 } },
    testTimeout: 600_000,
    hookTimeout: 300_000,
    pool: "forks",
    // One node at a time is enough for a small machine.
    fileParallelism: false,
  },
});
