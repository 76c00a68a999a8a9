/** Runs a worker in its own process, and reports the CPU time that it has used. */

import { closeAll } from "../src/runtime/default-context.ts";
import { createCTOWorker } from "../src/worker/cto-worker.ts";

const worker = await createCTOWorker();
process.on("message", async (message) => {
  if (message === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1_000);
    return;
  }
  await worker.close();
  await closeAll();
  process.exit(0);
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
