/**
 * Runs a worker in its own process, configured by the environment, with the production intervals unless TAKEOVER_MS is
 * set. On SIGUSR2 its event loop stands still for BLOCK_MS. Its machine's clock is ahead by CLOCK_AHEAD_MS.
 */
import { setClock } from "../../crash/clock.ts";

import { closeAll } from "../../src/runtime/default-context.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";

const { TAKEOVER_MS, BLOCK_MS, CLOCK_AHEAD_MS } = process.env;
setClock(Number(CLOCK_AHEAD_MS ?? "0"));
const worker = await createCTOWorker(TAKEOVER_MS === undefined ? {} : { takeoverMs: Number(TAKEOVER_MS) });
process.on("SIGTERM", async () => {
  await worker.close();
  await closeAll();
  process.exit(0);
});
process.on("SIGUSR2", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(BLOCK_MS));
  // After what the loop had to make up for: a signal that came before it would make two blocks one.
  setTimeout(() => console.log("blocked"), 500);
});
console.log("ready");
