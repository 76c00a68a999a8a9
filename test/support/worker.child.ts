/** Runs a worker in its own process, configured by the environment, with the production intervals. */

import { closeAll } from "../../src/runtime/default-context.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";

const worker = await createCTOWorker();
process.on("SIGTERM", async () => {
  await worker.close();
  await closeAll();
  process.exit(0);
});
console.log("ready");
