/** A worker in a process of its own, from the environment, with production's times. */

import { closeAll } from "../../src/runtime/default-context.ts";
import { createCTOWorker } from "../../src/worker/cto-worker.ts";

const worker = await createCTOWorker();
process.on("SIGTERM", async () => {
  await worker.close();
  await closeAll();
  process.exit(0);
});
console.log("ready");
