/** A worker in a process of its own, from the environment, with production's times. */
import { createCTOWorker } from "../../src/jobs/cto-worker.ts";
import { closeAll } from "../../src/jobs/default-context.ts";

const worker = await createCTOWorker();
process.on("SIGTERM", async () => {
  await worker.close();
  await closeAll();
  process.exit(0);
});
console.log("ready");
