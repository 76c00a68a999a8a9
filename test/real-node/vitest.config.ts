/** Configures Vitest for the tests on a real Solana node. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    include: ["test/real-node/*.real.ts", "test/rpc-surface/*.test.ts"],
    // A test polls for a condition. The time until it holds depends on the machine.
    expect: { poll: { timeout: 120_000 } },
    testTimeout: 600_000,
    hookTimeout: 300_000,
    pool: "forks",
    // A small machine can run only one node at a time.
    fileParallelism: false,
  },
});
